import type { TestProject } from 'vitest/node';
import { type RunningWorker, startWorker } from './worker.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    worker: RunningWorker;
  }
}

/** Runs once before all end-to-end tests: each brings its own application, so one worker serves them all. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { worker, close } = await startWorker();
  project.provide('worker', worker);
  return close;
}
