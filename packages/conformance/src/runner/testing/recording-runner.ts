import type { TestRunner } from '../test-runner.js';

export interface RecordedTest {
  /** With the names of the groups around it. */
  readonly name: string;
  /** Absent when the test passed. */
  readonly failure?: Error;
  /** Why it did not run. */
  readonly skipped?: string;
}

interface Entry {
  readonly name: string;
  readonly timeoutMs: number;
  readonly body: () => Promise<void>;
}

/**
 * Runs what a suite describes, one test after the other, and tells how each ended: for tests of the suites themselves.
 * @param only a test that runs: all by default
 */
export async function runRecorded(
  describeSuite: (runner: TestRunner) => void,
  only: (name: string) => boolean = () => true,
): Promise<readonly RecordedTest[]> {
  const groups: string[] = [];
  const [before, tests, after]: [Entry[], Entry[], Entry[]] = [[], [], []];
  const skipped: RecordedTest[] = [];
  const nameOf = (name: string) => [...groups.slice(1), name].join(' > ');
  describeSuite({
    describe(name, body) {
      groups.push(name);
      body();
      groups.pop();
    },
    test: (name, timeoutMs, body) => void tests.push({ name: nameOf(name), timeoutMs, body }),
    skip: (name, why) => void skipped.push({ name: nameOf(name), skipped: why }),
    beforeAll: (timeoutMs, body) => void before.push({ name: nameOf('beforeAll'), timeoutMs, body }),
    afterAll: (timeoutMs, body) => void after.push({ name: nameOf('afterAll'), timeoutMs, body }),
  });
  const recorded: RecordedTest[] = [];
  for (const entry of [...before, ...tests.filter(({ name }) => only(name)), ...after]) recorded.push(await run(entry));
  return [...recorded, ...skipped.filter(({ name }) => only(name))];
}

/**
 * Runs one test of a suite.
 * @returns what it failed with; undefined when it passed
 * @throws Error when the suite has no test of that name
 */
export async function failureOf(
  describeSuite: (runner: TestRunner) => void,
  testName: string,
): Promise<Error | undefined> {
  const recorded = await runRecorded(describeSuite, (name) => name === testName);
  const opening = recorded.find(({ name, failure }) => name === 'beforeAll' && failure);
  const test = recorded.find(({ name }) => name === testName);
  if (!test) throw new Error(`The suite has no test "${testName}".`);
  return opening?.failure ?? test.failure;
}

async function run({ name, timeoutMs, body }: Entry): Promise<RecordedTest> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timed out after ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([body(), timeout]);
    return { name };
  } catch (error) {
    return { name, failure: error instanceof Error ? error : new Error(String(error)) };
  } finally {
    clearTimeout(timer);
  }
}
