import { existsSync, readFileSync } from 'node:fs';

// The last line of a CI run. A suite that could not even start counts as one failure; so does a check that failed
// where every test that ran has passed.
const resultsFile = 'test-output/results.json';
const checkStatus = Number(process.argv[2] ?? 0);

interface Results {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

let passed = 0;
let failed = 0;
if (existsSync(resultsFile)) {
  const results = JSON.parse(readFileSync(resultsFile, 'utf8')) as Results;
  const broken = results.testResults.filter(
    (suite) => suite.status === 'failed' && suite.assertionResults.every((test) => test.status !== 'failed'),
  );
  passed = results.numPassedTests;
  failed = results.numFailedTests + broken.length;
}
if (checkStatus !== 0 && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
