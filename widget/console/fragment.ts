/**
 * Puts the code of a link (`…/link#<code>`) into the field that waits for it, and takes it out of the address: a
 * fragment isn't sent anywhere, but stays in the history.
 */
export function fillFromFragment(): void {
  const field = document.querySelector<HTMLInputElement>('[data-from-fragment] input');
  const code = location.hash.slice(1);
  if (!field || code === '') return;
  field.value = code;
  history.replaceState(null, '', location.pathname);
  field.form?.querySelector('button')?.focus();
}
