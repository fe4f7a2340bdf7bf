import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';

// Fails where src/db/schema.ts says something that the committed migrations don't: generates into a copy of them,
// and expects nothing new.
mkdirSync('test-output', { recursive: true });
const copy = mkdtempSync('test-output/migrations-');
try {
  cpSync('migrations', copy, { recursive: true });
  const before = readdirSync(copy).length;
  drizzleKit('check');
  drizzleKit('generate', '--schema', 'src/db/schema.ts');
  if (readdirSync(copy).length > before) {
    console.error('src/db/schema.ts has changed since the last migration. Run: npm run db:generate');
    process.exitCode = 1;
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function drizzleKit(command: string, ...options: string[]): void {
  const run = spawnSync('drizzle-kit', [command, '--dialect', 'sqlite', '--out', copy, ...options], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (run.status === 0) return;
  console.error(`drizzle-kit ${command} failed:\n${run.error?.message ?? run.stdout + run.stderr}`);
  process.exitCode = 1;
}
