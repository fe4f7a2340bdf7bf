import { Hono } from 'hono/tiny';
import type { ConsoleEnv } from '../env.ts';
import { sourceChangePages } from './changes.tsx';
import { choosePage } from './choose.tsx';
import { definitionPages } from './definition.tsx';
import { documentPages } from './document.tsx';
import { catalogueSourcePages } from './from-catalogue.tsx';
import { lendingPages } from './lending.tsx';
import { sourceList } from './list.tsx';
import { newSourcePages } from './new.tsx';
import { overviewPage } from './overview.tsx';
import { testPages } from './test.tsx';

/** `/console/sources`: the data sources that the account defines, and those it may use. */
export const sourcePages = new Hono<ConsoleEnv>()
  .route('/', sourceList)
  .route('/', choosePage)
  .route('/', catalogueSourcePages)
  .route('/', newSourcePages)
  .route('/', overviewPage)
  .route('/', definitionPages)
  .route('/', documentPages)
  .route('/', lendingPages)
  .route('/', testPages)
  .route('/', sourceChangePages);
