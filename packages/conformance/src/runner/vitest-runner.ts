import { afterAll, beforeAll, describe, test } from 'vitest';
import type { TestRunner } from './test-runner.js';

export const vitestRunner: TestRunner = {
  describe: (name, body) => void describe(name, body),
  test: (name, timeoutMs, body) => void test(name, { timeout: timeoutMs }, body),
  skip: (name, why) => void test(name, ({ skip }) => skip(why)),
  beforeAll: (timeoutMs, hook) => beforeAll(hook, timeoutMs),
  afterAll: (timeoutMs, hook) => afterAll(hook, timeoutMs),
};
