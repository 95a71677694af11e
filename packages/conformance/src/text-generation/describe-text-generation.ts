import type { LlmInferenceEngine } from '@ferrum/interfaces';
import type { ConformanceOptions, EngineFactory } from '../conformance-options.js';
import { engineContract } from '../engine/engine-contract.js';
import { describeSubject } from '../engine/subject.js';
import type { TestRunner } from '../runner/test-runner.js';
import { adapterTests } from './adapter-tests.js';
import { advancedTests } from './advanced-tests.js';
import { badRequestTests } from './bad-request-tests.js';
import { choiceTests } from './choice-tests.js';
import { grammarTests } from './grammar-tests.js';
import { promptTests } from './prompt-tests.js';
import { reasoningTests } from './reasoning-tests.js';
import { greedy } from './requests.js';
import { resultTests } from './result-tests.js';
import { samplingTests } from './sampling-tests.js';
import { schedulingTests } from './scheduling-tests.js';
import { stoppingTests } from './stopping-tests.js';
import { streamingTests } from './streaming-tests.js';
import { structuredTests } from './structured-tests.js';
import { timeLimitTests } from './time-limit-tests.js';
import { tokenizerTests } from './tokenizer-tests.js';
import { toolTests } from './tool-tests.js';

export interface TextGenerationOptions extends ConformanceOptions {
  /** Something the model answers with at least 32 tokens. Default: a request to count. */
  readonly prompt?: string;
  /** Tokens of prompt and answer that the engines take, for a test of a longer prompt. Default: no such test. */
  readonly contextLength?: number;
  /** A LoRA adapter that fits the model, for the tests of the feature `lora`. Default: they are skipped. */
  readonly adapter?: { readonly path: string };
}

/** The contract of `text-generation`. */
export function describeTextGeneration(
  runner: TestRunner,
  open: EngineFactory<LlmInferenceEngine>,
  options: TextGenerationOptions,
): void {
  const { prompt = 'Count from one to fifty in words.', contextLength, features, adapter } = options;
  describeSubject(runner, { ...options, capability: 'text-generation', open }, (subject) => {
    engineContract(subject, {
      short: async (engine, { signal }) => (await engine.infer({ ...greedy(prompt, 8), signal })).text,
      long: (engine, { signal }) => engine.infer({ ...greedy(prompt, 32), signal }),
    });
    resultTests(subject, prompt);
    streamingTests(subject, prompt);
    stoppingTests(subject, prompt);
    promptTests(subject, prompt);
    tokenizerTests(subject, prompt);
    choiceTests(subject, prompt);
    samplingTests(subject, prompt);
    structuredTests(subject);
    grammarTests(subject, prompt);
    toolTests(subject);
    reasoningTests(subject);
    adapterTests(subject, prompt, adapter?.path);
    schedulingTests(subject, prompt);
    timeLimitTests(subject, prompt);
    advancedTests(subject, prompt, features);
    badRequestTests(subject, prompt, contextLength);
  });
}
