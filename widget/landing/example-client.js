// Your page's half. A classic script does as well: connect.js gives you window.Connect.
import { create } from '/connect.mjs';

const button = document.querySelector('#connect');
const status = document.querySelector('#status');
const note = document.querySelector('#note');

const connect = create({
  clientId: button.dataset.clientId,
  clientUserId: button.dataset.clientUserId,
  onSuccess: handOver,
  onExit(error, metadata) {
    tell('exit', { error, metadata });
    note.textContent = `Nothing new was connected. ${error?.error_description ?? 'You left.'}`;
  },
  onEvent(name, metadata) {
    tell('event', { name, metadata });
    note.textContent = `The popup says: ${name}`;
  },
});

// Step 1. Open it in a click: browsers block windows that open by themselves.
button.addEventListener('click', () => {
  tell('launch', { ...button.dataset });
  note.textContent = 'Waiting for the popup…';
  connect.open();
});

// Steps 2 and 3. The user has finished, and the specialToken goes to your own server.
async function handOver(specialToken, metadata) {
  tell('finish', { specialToken, metadata });
  const answer = await ask('/example/connected', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ specialToken }),
  });
  tell('exchange', answer);
  if (answer.error) note.textContent = `Your server could not exchange it: ${answer.error_description}`;
  else await update();
}

// Step 6. Your server has the access token; the page shows what it found.
async function update() {
  const answer = await ask('/example/data');
  tell('data', answer);
  if (answer.error) {
    note.textContent = `Your server could not read the data: ${answer.error_description}`;
    return;
  }
  const { length } = answer.accounts;
  if (length === 0) return;
  status.textContent = `${length} ${length === 1 ? 'account' : 'accounts'} connected`;
  note.textContent = 'Read just now, with the access token your server saved.';
}

async function ask(path, init) {
  try {
    return await (await fetch(path, init)).json();
  } catch {
    return { error: 'network_error', error_description: 'your server did not answer.' };
  }
}

// Your own interface would listen here. This page's draws the six steps.
function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(`example:${name}`, { detail }));
}

// Whoever connected something on an earlier visit still has it.
await update();
