import type { SandboxContext } from '../provider.ts';
import { showPage } from './page.tsx';

/** A request that can't be answered by going back: the person stays here. */
export function showProblem(c: SandboxContext, title: string, reason: string): Response | Promise<Response> {
  return showPage(
    c,
    400,
    title,
    <section class="problem">
      <h1>{title}</h1>
      <p>{reason}</p>
      <p>Nothing was shared. Go back to the application you came from and start again there.</p>
    </section>,
  );
}
