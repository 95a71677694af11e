import type { InferenceEngine } from '@ferrum/interfaces';
import type { ConformanceOptions, EngineFactory } from '../conformance-options.js';
import type { TestRunner } from '../runner/test-runner.js';

const defaultTimeoutMs = 60_000;

/** An engine under test. */
export interface Subject<Engine extends InferenceEngine> {
  /** The one that most tests share; open from the first test to the last. */
  readonly engine: Engine;
  readonly has: (feature: string) => boolean;
  readonly test: (name: string, body: () => Promise<void>) => void;
  /** A test that needs what the suite was not given. */
  readonly skip: (name: string, why: string) => void;
  /** A test with an engine of its own, which is closed after it. */
  readonly testWithOwnEngine: (name: string, body: (engine: Engine) => Promise<void>) => void;
  /** Opens another one, which the test closes. */
  readonly open: EngineFactory<Engine>;
}

export interface SubjectOptions<Engine extends InferenceEngine> extends ConformanceOptions {
  readonly capability: string;
  readonly open: EngineFactory<Engine>;
}

/** Describes a suite whose tests share one engine. */
export function describeSubject<Engine extends InferenceEngine>(
  runner: TestRunner,
  { capability, open, features, name = capability, timeoutMs = defaultTimeoutMs }: SubjectOptions<Engine>,
  body: (subject: Subject<Engine>) => void,
): void {
  runner.describe(name, () => {
    let shared: Engine | undefined;
    runner.beforeAll(timeoutMs, async () => {
      shared = await open();
    });
    runner.afterAll(timeoutMs, async () => shared?.[Symbol.asyncDispose]());
    const test = (title: string, run: () => Promise<void>) => runner.test(title, timeoutMs, run);
    body({
      get engine() {
        if (shared === undefined) throw new Error('The engine is open during tests only.');
        return shared;
      },
      has: (feature) => features.includes(feature),
      test,
      skip: (title, why) => runner.skip(title, why),
      testWithOwnEngine(title, run) {
        test(title, async () => {
          const engine = await open();
          try {
            await run(engine);
          } finally {
            await engine[Symbol.asyncDispose]();
          }
        });
      },
      open,
    });
  });
}
