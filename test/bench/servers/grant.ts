import express from 'express';
import session from 'express-session';
import grant, { type GrantConfig } from 'grant';
import { openSealedStore } from './sealed-store.ts';
import { serve } from './serve.ts';

// The peer: grant on Express as its documentation sets it up. Arguments: the port, the provider's origin, and the
// file that tokens are stored in, if they are.
const [port = '0', provider = '', file] = process.argv.slice(2);

const config: GrantConfig = {
  defaults: {
    origin: `http://127.0.0.1:${port}`,
    transport: 'session',
    state: true,
    pkce: true,
  },
  bench: {
    oauth: 2,
    authorize_url: `${provider}/authorize`,
    access_url: `${provider}/token`,
    token_endpoint_auth_method: 'client_secret_basic',
    key: 'bench-client',
    secret: 'bench-secret',
    scope: ['read'],
    callback: '/final',
  },
};

const store = file === undefined ? null : openSealedStore(file);
const app = express();
app.use(session({ secret: 'for the bench only', saveUninitialized: true, resave: false }));
app.use(grant.express(config));
app.get('/final', (request, response) => {
  const tokens = request.session.grant?.response;
  if (tokens?.access_token === undefined) {
    response.status(500).send('No tokens');
    return;
  }
  store?.keep(tokens.raw);
  response.send('<title>Connected</title>');
});
serve(app, { port: Number(port) });
