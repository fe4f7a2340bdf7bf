/** What one party says to the other in a step. */
export interface Payload {
  id: string;
  caption: string;
  /** Of the values, in the order they are shown in. */
  names: string[];
}

export interface Step {
  title: string;
  from: string;
  /** Whom it is sent to, where it is sent. */
  to?: string;
  payloads: Payload[];
}

/** The Connect flow, a step a row, with the names that are on the wire. */
export const steps: Step[] = [
  {
    title: 'Launch the popup',
    from: 'Your page',
    to: 'Trivet',
    payloads: [
      { id: 'launch', caption: 'Sends', names: ['clientId', 'clientUserId'] },
      { id: 'run', caption: 'Gets', names: ['runId', 'popup'] },
    ],
  },
  {
    title: 'The user connects, then finishes',
    from: 'The popup',
    to: 'your page',
    payloads: [
      { id: 'sources', caption: 'Connected', names: ['sources', 'last event'] },
      { id: 'finish', caption: 'Gets', names: ['specialToken'] },
    ],
  },
  {
    title: 'Hand the specialToken to your server',
    from: 'Your page',
    to: 'your server',
    payloads: [{ id: 'connected', caption: 'POST /example/connected', names: ['specialToken'] }],
  },
  {
    title: 'Add the clientSecret',
    from: 'Your server',
    to: 'Trivet',
    payloads: [
      {
        id: 'tokens',
        caption: 'POST /connect/tokens',
        names: ['specialToken', 'clientSecret', 'clientUserId'],
      },
    ],
  },
  {
    title: 'Save what comes back',
    from: 'Trivet',
    to: 'your server',
    payloads: [
      { id: 'exchanged', caption: 'Gets', names: ['status', 'userCode', 'accessToken', 'connections'] },
    ],
  },
  {
    title: 'Update your app, ask for data',
    from: 'Your server',
    to: 'Trivet, and through it the provider',
    payloads: [
      { id: 'authorization', caption: 'Authorization: Bearer', names: ['accessToken'] },
      { id: 'calls', caption: 'GET, and the answer’s status', names: ['/user', '/proxy/…/me', '/proxy/…'] },
    ],
  },
];
