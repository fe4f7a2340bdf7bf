import { brand, type Child, el, mark } from './dom.ts';
import { fill, t } from './look.ts';
import type { Application, Connection, Source } from './service.ts';

/** What can be done with a source, and with a Connection the user already has there. */
export interface SourceActions {
  /** Goes to the source, for another account or to renew a Connection. */
  choose(source: Source, connection?: Connection): void;
  disconnect(connection: Connection): void;
  undo(connection: Connection): void;
}

/** The window's furniture: who asks above, what there is to do in the middle, the ways out below. */
export interface Frame {
  /** What the buttons do. */
  actions: SourceActions & { finish(): void; leave(): void };
  application: Application | null;
  /**
   * Shows content in the middle of a run that is on. `header: false` leaves the whole window above to it; `why` is
   * what to do before the run can be finished, `intro` what the user is about to do.
   */
  show(content: Child[], options: { changed: boolean; header?: boolean; why?: string; intro?: string }): void;
  /** Shows a statement that takes the run's place, with its own buttons below. */
  close(content: HTMLElement, buttons: HTMLButtonElement[]): void;
  /** Tells a screen reader. */
  announce(text: string): void;
  /** Asks whether to leave although something would be lost, as `text` says. */
  confirmLeave(text: string): Promise<boolean>;
  finishButton(): HTMLButtonElement | null;
}

export const button = (label: string, kind: 'primary' | 'plain' | 'danger' | 'compact', press: () => void) =>
  el('button', { type: 'button', class: `button ${kind}`, click: press }, label);

/** The application's name, or words for it while it isn't known. */
export const nameOf = (application: Application | null) => application?.name ?? t.theApplication;

function sentence(application: Application): Child[] {
  const [before = '', after = ''] = t.sentence.split('{app}');
  return [before, el('strong', {}, application.name), after];
}

function header(application: Application | null, intro: string): HTMLElement {
  if (!application) {
    return el(
      'header',
      { class: 'waiting', 'aria-hidden': 'true' },
      el('span', { class: 'bone tile' }),
      el('span', { class: 'bone line' }),
      el('span', { class: 'bone line short' }),
    );
  }
  return el(
    'header',
    {},
    el(
      'div',
      { class: 'asker' },
      brand(application.name, application.logo, 'brand large'),
      application.test && el('span', { class: 'test', title: t.testHint }, t.test),
    ),
    el('h1', {}, ...sentence(application)),
    el('p', { class: 'intro' }, fill(intro, { app: application.name })),
  );
}

/** Builds the furniture into the page. */
export function createFrame(): Frame {
  const live = el('div', { role: 'status', class: 'spoken' });
  const top = el('div', { class: 'top' });
  const middle = el('main');
  const foot = el('footer');
  document.body.append(el('div', { class: 'connect' }, top, middle, foot), live);

  const fineLine = (application: Application | null) =>
    el('p', { class: 'fine' }, mark(), el('span', {}, fill(t.withdraw, { app: nameOf(application) })));

  const frame: Frame = {
    actions: { choose() {}, disconnect() {}, undo() {}, finish() {}, leave() {} },
    application: null,
    show(content, { changed, header: withHeader = true, why: reason = t.finishWhy, intro = t.intro }) {
      const { application } = frame;
      document.title = application ? fill(t.title, { app: application.name }) : t.loading;
      top.replaceChildren(...(withHeader ? [header(application, intro)] : []));
      middle.replaceChildren(...content.filter((child) => child !== null && child !== false));
      const finish = button(t.finish, 'primary', () => frame.actions.finish());
      finish.disabled = !changed;
      const why = el('p', { id: 'finish-why', class: 'why' }, reason);
      const say = !changed && withHeader;
      if (say) finish.setAttribute('aria-describedby', 'finish-why');
      foot.replaceChildren(
        ...(say ? [why] : []),
        finish,
        button(t.leave, 'plain', () => frame.actions.leave()),
        fineLine(application),
      );
    },
    close(content, buttons) {
      document.title = content.querySelector('h1')?.textContent ?? document.title;
      top.replaceChildren();
      middle.replaceChildren(content);
      foot.replaceChildren(...buttons, el('p', { class: 'fine alone' }, mark()));
      content.querySelector('h1')?.focus();
    },
    announce(text) {
      live.textContent = text;
    },
    confirmLeave(text) {
      if (document.querySelector('dialog[open]')) return Promise.resolve(false);
      return new Promise((resolve) => {
        const dialog = el(
          'dialog',
          { 'aria-labelledby': 'leave-title', 'aria-describedby': 'leave-text' },
          el('h2', { id: 'leave-title' }, t.leaveTitle),
          el('p', { id: 'leave-text' }, text),
          button(t.leaveYes, 'danger', () => dialog.close('leave')),
          button(t.leaveNo, 'plain', () => dialog.close()),
        );
        dialog.addEventListener('close', () => {
          dialog.remove();
          resolve(dialog.returnValue === 'leave');
        });
        document.body.append(dialog);
        dialog.showModal();
        dialog.querySelector<HTMLButtonElement>('.plain')?.focus();
      });
    },
    finishButton: () => foot.querySelector('.primary'),
  };
  return frame;
}
