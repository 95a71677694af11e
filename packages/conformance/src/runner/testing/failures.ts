import type { TestRunner } from '../test-runner.js';
import { runRecorded } from './recording-runner.js';

/** Names of the tests of a suite that fail. */
export async function failures(describeSuite: (runner: TestRunner) => void): Promise<readonly string[]> {
  const tests = await runRecorded(describeSuite);
  return tests.filter(({ failure }) => failure).map(({ name }) => name);
}
