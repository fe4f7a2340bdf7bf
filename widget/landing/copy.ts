/** Lets the buttons with `data-copy` copy the text of the element they name. Without a clipboard they stay hidden. */
export function enableCopying(): void {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-copy]')) {
    button.hidden = false;
    button.addEventListener('click', () => void copy(button));
  }
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const text = document.getElementById(button.dataset.copy ?? '')?.textContent ?? '';
  try {
    await navigator.clipboard.writeText(text);
    say(button, 'Copied');
  } catch {
    say(button, 'Not copied');
  }
}

function say(button: HTMLButtonElement, word: string): void {
  const status = button.previousElementSibling;
  button.textContent = word;
  if (status) status.textContent = word;
  setTimeout(() => {
    button.textContent = 'Copy';
    if (status) status.textContent = '';
  }, 2000);
}
