/**
 * Writes the totals of a test run as `N passed, N failed`: `count-tests.ts FILE CODE`, the file as written by the test
 * runner's JSON reporter, and the runner's exit code. Exit code 1 when anything failed, or when there is no such file.
 */
import { existsSync, readFileSync } from 'node:fs';

type Results = {
  numPassedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
};

const [file = '', exitCode = '1'] = process.argv.slice(2);
// Empty when the runner did not come to its end.
const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
const { passed, failed } = text ? count(JSON.parse(text)) : { passed: 0, failed: 1 };
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;

function count({ numPassedTests, testResults }: Results): { passed: number; failed: number } {
  const failed = testResults
    .map(({ status, assertionResults }) => {
      const tests = assertionResults.filter((test) => test.status === 'failed').length;
      // A file that could not be loaded has no tests to fail, and has failed.
      return status === 'failed' ? Math.max(1, tests) : tests;
    })
    .reduce((sum, tests) => sum + tests, 0);
  // A promise left without an owner fails a run in which every test passed, and the file does not tell.
  return { passed: numPassedTests, failed: exitCode === '0' ? failed : Math.max(1, failed) };
}
