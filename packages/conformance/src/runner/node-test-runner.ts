import { after, before, describe, test } from 'node:test';
import { FerrumError } from '@ferrum/registry/errors';
import type { TestRunner } from './test-runner.js';

/** Node's own test framework. */
export const nodeTestRunner: TestRunner = {
  describe(name, body) {
    // Its tests would be registered with a framework that nobody started, and pass unseen.
    if (process.env.VITEST !== undefined) {
      const message =
        'Under vitest, import the suites from @ferrum/conformance/vitest: @ferrum/conformance is for node:test.';
      throw new FerrumError('Config', message);
    }
    describe(name, body);
  },
  test(name, timeoutMs, body) {
    test(name, { timeout: timeoutMs }, body);
  },
  skip: (name, why) => void test(name, { skip: why }),
  beforeAll: (timeoutMs, hook) => before(hook, { timeout: timeoutMs }),
  afterAll: (timeoutMs, hook) => after(hook, { timeout: timeoutMs }),
};
