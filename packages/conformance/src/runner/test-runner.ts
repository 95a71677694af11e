/** What the suites need of a test framework. */
export interface TestRunner {
  describe(name: string, body: () => void): void;
  /** @param timeoutMs after which the test has failed */
  test(name: string, timeoutMs: number, body: () => Promise<void>): void;
  /** A test that cannot run here, and why. */
  skip(name: string, why: string): void;
  beforeAll(timeoutMs: number, hook: () => Promise<void>): void;
  afterAll(timeoutMs: number, hook: () => Promise<void>): void;
}
