/** Every sentence of the popup. `{app}`, `{source}`, … are filled in; the accessible names are a contract. */
export const en = {
  title: '{app} · Connect your accounts',
  loading: 'Loading',
  sentence: '{app} would like to connect to your accounts',
  intro: 'You sign in at each service yourself. {app} never sees your password.',
  test: 'Test',
  testHint: 'A test application: nothing here is real.',
  sources: 'Services',
  search: 'Search services',
  noMatch: 'Nothing here is called “{query}”',
  shares: 'Shares {list}',
  more: '{count} more',
  signIn: 'You sign in at {source}',
  connected: 'Connected',
  finish: 'Finish Connecting Data',
  finishWhy: 'Connect at least one account to finish',
  leave: 'Leave without connecting',
  withdraw: 'You can withdraw access at any time, in {app} or at the service itself.',
  request: 'Request {id}',

  tryAgain: 'Try again',
  close: 'Close window',
  back: 'Back to the list',

  toTitle: 'Taking you to {source}…',
  toText: 'Sign in there and choose what to share. You come back here afterwards.',
  fromTitle: 'Back from {source}',
  fromText: 'Checking what you chose…',
  savingTitle: 'Finishing…',
  savingText: 'Handing your choice to {app}.',

  connectedTitle: '{source} is connected',
  connectedText: 'Connect another, or finish.',
  deniedTitle: 'You chose not to share',
  deniedText: 'Nothing was connected at {source}. Try again, or choose another.',
  unreachableTitle: '{source} can’t be reached',
  unreachableText: 'It did not answer. Nothing was connected. Try again in a moment, or choose another.',
  failedTitle: '{source} could not be connected',
  failedText:
    'It answered in a way that could not be used. Nothing was connected. Try again, or choose another.',

  leaveTitle: 'Leave without connecting?',
  leaveText: 'What you connected just now will not be shared with {app}.',
  leaveYes: 'Leave and discard',
  leaveNo: 'Stay',

  doneTitle: 'All connected',
  doneText: 'Returning to {app}…',
  doneClose: 'You can close this window and go back to {app}.',
  leftTitle: 'Nothing was connected',
  leftText: 'You left before finishing. To start again, go back to {app}.',
  endedTitle: 'This is already finished',
  endedText: 'Your choice has been handed to {app}. You can close this window.',
  expiredTitle: 'This took too long',
  expiredText:
    'For your safety a session lasts 30 minutes. Nothing was shared. To start again, go back to {app}.',
  emptyTitle: 'Nothing to connect yet',
  emptyText:
    '{app} offers no services at the moment. If you build it: enable a data source for this application.',
  originTitle: 'This site may not open Connect',
  originText:
    '{origin} is not among the application’s origins, so nothing was started. If you build it: add exactly this origin to the application.',
  configTitle: 'Connect could not be started',
  configText: 'The site asked in a way that was refused. If you build it, this is the answer it got:',
  browserTitle: 'Not open in this browser',
  browserText:
    'This session belongs to another browser, or has ended. Nothing was connected here. Go back to the application and start again.',
  aloneTitle: 'Open this from the application',
  aloneText:
    'This window can’t reach the page that opened it. Go back to that page and start again. If you build it: its Cross-Origin-Opener-Policy must be same-origin-allow-popups.',
  elsewhereTitle: 'Open this from {app}',
  elsewhereText: 'This session was made for a window that {app} opens itself. Go back to it and start there.',
  networkTitle: 'You seem to be offline',
  networkText: 'This could not be sent. Nothing is lost: check your connection and try again.',
  busyTitle: 'Too many attempts',
  busyText: 'Nothing is lost. Wait a minute, then try again.',
  errorTitle: 'Something failed on our side',
  errorText: 'This could not be completed. Nothing is lost: try again in a moment.',
  theApplication: 'the application',
};

export type Texts = typeof en;
