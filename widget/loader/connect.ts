import { checkOptions, type Options } from './options.ts';
import { openPopupRun, type PopupRun } from './popup-run.ts';
import { deliverReturn, hasReturned, leaveForRun, readReturn } from './redirect-run.ts';
import { insecureContext } from './service.ts';

/** One place in a page from which accounts are connected, any number of times, one run at a time. */
interface ConnectInstance {
  /** Begins a run. Call it in a click: browsers block windows that open by themselves. */
  open(): void;
  /** Ends the run that is on. Without `force` the user is asked where something would be lost. */
  exit(options?: { force?: boolean }): void;
  /** Ends the run that is on, at once; this instance opens no other. */
  destroy(): void;
}

/** The public interface of connect.js. Both functions throw a `TypeError` that names a wrong option. */
export interface ConnectApi {
  create(options: Options): ConnectInstance;
  open(options: Options): ConnectInstance;
}

/**
 * Makes the interface of the service at an origin, reads the return of a redirect, and lets buttons with
 * `data-connect` work, also those a page adds later.
 */
export function connectAt(base: string): ConnectApi {
  function create(options: Options): ConnectInstance {
    const { mode, sessionToken, onExit, onLoad } = checkOptions(options);
    let run: PopupRun | null = null;
    let destroyed = false;
    if (mode === 'redirect') {
      readReturn();
      deliverReturn(options);
    }
    queueMicrotask(() => onLoad?.());
    return {
      open() {
        if (destroyed) throw new Error('Connect: this instance was destroyed');
        run?.leave(true);
        // The server knows the run secret of its own sessions by the handshake: no challenge, no WebCrypto.
        const problem = sessionToken ? null : insecureContext();
        if (problem) queueMicrotask(() => onExit?.(problem, { runId: null, sources: [] }));
        else if (mode === 'redirect') void leaveForRun(base, options);
        else run = openPopupRun(base, options);
      },
      exit({ force = false } = {}) {
        run?.leave(force);
      },
      destroy() {
        destroyed = true;
        if (!run?.over) run?.leave(true);
      },
    };
  }

  const instances = new WeakMap<Element, ConnectInstance>();
  const createFor = (button: HTMLElement) => {
    const fire = (name: string, detail: object) =>
      button.dispatchEvent(new CustomEvent(`connect:${name}`, { bubbles: true, detail }));
    instances.get(button)?.exit({ force: true });
    const instance = create({
      ...(button.dataset as unknown as Options),
      onSuccess: (specialToken, metadata) => fire('success', { specialToken, metadata }),
      onExit: (error, metadata) => fire('exit', { error, metadata }),
      onEvent: (name, metadata) => fire('event', { name, metadata }),
    });
    instances.set(button, instance);
    return instance;
  };
  addEventListener('click', (event) => {
    const button = (event.target as Element).closest?.<HTMLElement>('[data-connect]');
    // Another copy of this script may have answered already, or the page doesn't want it.
    if (!button || event.defaultPrevented) return;
    event.preventDefault();
    createFor(button).open();
  });
  readReturn();
  const start = () => {
    const button = document.querySelector<HTMLElement>('[data-connect][data-mode=redirect]');
    if (button && hasReturned()) createFor(button);
  };
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', start);
  else start();

  return {
    create,
    open(options) {
      const instance = create(options);
      instance.open();
      return instance;
    },
  };
}
