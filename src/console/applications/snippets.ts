import { blank } from '../../built/blanks.ts';

// The code that an application is integrated with. Its blanks: `clientId`, and this deployment's `origin`.

const clientId = blank('clientId');
const origin = blank('origin');

/** A page with a button, without any code of its own but the last step. */
export const buttonSnippet = `<script src="${origin}/connect.js"></script>

<button data-connect data-client-id="${clientId}" data-client-user-id="user-1">
  Connect
</button>

<script>
  // The user has finished: hand the specialToken to your own server.
  document.addEventListener('connect:success', ({ detail }) => {
    fetch('/connected', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ specialToken: detail.specialToken }),
    });
  });
</script>`;

/** The same as a module. */
export const moduleSnippet = `import { create } from '${origin}/connect.mjs';

const connect = create({
  clientId: '${clientId}',
  clientUserId: 'user-1',
  async onSuccess(specialToken) {
    await fetch('/connected', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ specialToken }),
    });
  },
  onExit(error) {
    // Nothing new was connected. Without an error, the user left.
    console.log(error?.error_description ?? 'You left.');
  },
});

// In a click: browsers block windows that open by themselves.
document.querySelector('#connect').addEventListener('click', () => connect.open());`;

/** The exchange and the first call, in a terminal. */
export const curlSnippet = `curl ${origin}/connect/tokens \\
  -u "${clientId}:$CLIENT_SECRET" \\
  --data-urlencode "specialToken=$SPECIAL_TOKEN" \\
  --data-urlencode "clientUserId=user-1"

curl ${origin}/user \\
  -H "Authorization: Bearer $ACCESS_TOKEN"`;

/** The exchange and the first call, on a server. */
export const serverSnippet = `/** Your page brings a specialToken of the user you have signed in. */
export async function connected(specialToken, clientUserId) {
  const response = await fetch('${origin}/connect/tokens', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      specialToken,
      clientId: '${clientId}',
      clientSecret: process.env.CLIENT_SECRET,
      // Name the user, and nobody can connect an account as somebody else.
      clientUserId,
    }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error_description);
  // Save both with your user. The access token stays on your server.
  const { userCode, accessToken } = answer;
  return { userCode, accessToken };
}

/** What the user has connected. /proxy/:source/… calls the provider for them. */
export async function readUser(accessToken) {
  const response = await fetch('${origin}/user', {
    headers: { Authorization: \`Bearer \${accessToken}\` },
  });
  return await response.json();
}`;
