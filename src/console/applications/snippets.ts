// The code that an application is integrated with, with its own ids and this deployment's URLs.

/** The deployment, and the application on it. */
interface Integrated {
  publicUrl: URL;
  clientId: string;
}

/** A page with a button, without any code of its own but the last step. */
export function buttonSnippet({ publicUrl, clientId }: Integrated): string {
  return `<script src="${new URL('/connect.js', publicUrl)}"></script>

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
}

/** The same as a module. */
export function moduleSnippet({ publicUrl, clientId }: Integrated): string {
  return `import { create } from '${new URL('/connect.mjs', publicUrl)}';

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
}

/** The exchange and the first call, in a terminal. */
export function curlSnippet({ publicUrl, clientId }: Integrated): string {
  return `curl ${new URL('/connect/tokens', publicUrl)} \\
  -u "${clientId}:$CLIENT_SECRET" \\
  --data-urlencode "specialToken=$SPECIAL_TOKEN" \\
  --data-urlencode "clientUserId=user-1"

curl ${new URL('/user', publicUrl)} \\
  -H "Authorization: Bearer $ACCESS_TOKEN"`;
}

/** The exchange and the first call, on a server. */
export function serverSnippet({ publicUrl, clientId }: Integrated): string {
  return `/** Your page brings a specialToken of the user you have signed in. */
export async function connected(specialToken, clientUserId) {
  const response = await fetch('${new URL('/connect/tokens', publicUrl)}', {
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
  const response = await fetch('${new URL('/user', publicUrl)}', {
    headers: { Authorization: \`Bearer \${accessToken}\` },
  });
  return await response.json();
}`;
}
