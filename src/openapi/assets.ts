import type { Endpoint } from './endpoints.ts';

// Part of the API, but no routes: static assets, which don't start the worker.

/** The popup's page and its loader. */
export const assets: Endpoint[] = [
  {
    method: 'GET',
    path: '/connect',
    operation: {
      id: 'openConnect',
      summary: 'The Connect popup',
      description: 'For the user’s browser: `connectUrl` leads here, with the session in its fragment.',
      tag: 'Connect',
      security: ['none'],
      answers: { 200: { type: 'text/html', description: 'The page.' } },
    },
  },
  script('/connect.js', 'getConnectScript', 'The loader as a classic script: `window.Connect`'),
  script('/connect.mjs', 'getConnectModule', 'The loader as an ES module'),
];

function script(path: string, id: string, summary: string): Endpoint {
  return {
    method: 'GET',
    path,
    operation: {
      id,
      summary,
      tag: 'Connect',
      security: ['none'],
      answers: { 200: { type: 'text/javascript', description: 'JavaScript.' } },
    },
  };
}
