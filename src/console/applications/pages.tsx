import { Hono } from 'hono/tiny';
import type { ConsoleEnv } from '../env.ts';
import { createPages } from './create.tsx';
import { listPages } from './list.tsx';
import { overviewPages } from './overview.tsx';
import { secretPages } from './secrets.tsx';
import { settingsPages } from './settings.tsx';
import { sourcePage } from './source.tsx';
import { sourcePages } from './sources.tsx';
import { tryPages } from './try.tsx';
import { tryExchange } from './try-exchange.ts';
import { userPages } from './users.tsx';

/** `/console/applications/…`. The page of a new one comes before those of `:clientId`. */
export const applicationPages = new Hono<ConsoleEnv>()
  .route('/', listPages)
  .route('/', createPages)
  .route('/', overviewPages)
  .route('/', sourcePages)
  .route('/', sourcePage)
  .route('/', tryPages)
  .route('/', tryExchange)
  .route('/', userPages)
  .route('/', secretPages)
  .route('/', settingsPages);
