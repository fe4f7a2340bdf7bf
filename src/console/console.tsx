import { Hono } from 'hono/tiny';
import { internal } from '../openapi/describe.ts';
import { auditPages } from './activity/audit-trail.tsx';
import { deliveryPages } from './activity/deliveries.tsx';
import { activityPages } from './activity/overview.tsx';
import { applicationPages } from './applications/pages.tsx';
import { connectionPages } from './connections/detail.tsx';
import { connectionListPages } from './connections/list.tsx';
import { reconnectPages } from './connections/reconnect.tsx';
import { transferPages } from './connections/transfer.tsx';
import type { ConsoleEnv } from './env.ts';
import { requireOwnForm, requireSession } from './guard.ts';
import { checkPages } from './settings/checks.tsx';
import { developerPages } from './settings/developers.tsx';
import { keyPages } from './settings/keys.tsx';
import { peoplePages } from './settings/people.tsx';
import { sealingPages } from './settings/sealing.tsx';
import { sessionPages } from './settings/sessions.tsx';
import { settingsPages } from './settings/settings.tsx';
import { webhookPages } from './settings/webhooks.tsx';
import { invitationPages } from './sign-in/invitation.tsx';
import { signInPages } from './sign-in/pages.tsx';
import { sourcePages } from './sources/pages.ts';

/** `/console`: the Developer Console. What is above `requireSession` is for people who aren't signed in. */
export const consoleRoutes = new Hono<ConsoleEnv>()
  .use('/console', internal)
  .use('/console/*', internal, requireOwnForm)
  .route('/', signInPages)
  .route('/', invitationPages)
  .use('/console/*', requireSession)
  .get('/console', (c) => c.redirect('/console/applications', 303))
  .route('/', applicationPages)
  .route('/', sourcePages)
  .route('/', settingsPages)
  .route('/', sessionPages)
  .route('/', peoplePages)
  .route('/', developerPages)
  .route('/', connectionListPages)
  .route('/', transferPages)
  .route('/', reconnectPages)
  .route('/', connectionPages)
  .route('/', activityPages)
  .route('/', deliveryPages)
  .route('/', auditPages)
  .route('/', keyPages)
  .route('/', webhookPages)
  .route('/', sealingPages)
  .route('/', checkPages);
