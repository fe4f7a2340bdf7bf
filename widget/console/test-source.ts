const everyMs = 1_000;

/** Shows a source's test as it happens: the page is read again each second until the test has ended. */
export function followTrial(): void {
  const shown = document.querySelector<HTMLElement>('#trial');
  if (!shown || shown.dataset.state === 'ended') return;
  const follow = async () => {
    const answer = await fetch(location.href).catch(() => null);
    // Gone, or signed out: what is shown stays.
    if (answer && (!answer.ok || answer.redirected)) return;
    const fresh = answer && new DOMParser().parseFromString(await answer.text(), 'text/html');
    const trial = fresh?.querySelector<HTMLElement>('#trial');
    if (trial?.dataset.state === 'ended') {
      // The whole page has changed with it: its action, too.
      location.reload();
      return;
    }
    if (trial && trial.dataset.version !== shown.dataset.version) {
      shown.dataset.version = trial.dataset.version;
      shown.replaceChildren(...trial.childNodes);
    }
    setTimeout(follow, everyMs);
  };
  setTimeout(follow, everyMs);
}
