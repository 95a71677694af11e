import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import { mockLanguageModel } from '../mocks/mock-language-model.js';
import { mockLanguageModelFeatures } from '../mocks/mock-request.js';
import { failureOf, runRecorded } from '../runner/testing/recording-runner.js';
import { describeTextGeneration } from './describe-text-generation.js';
import { type MockEngine, paced } from './testing/broken-models.js';

const hasToRefuse = /^refuses (a bad value of|what is no request|a prompt that is longer)/;

/** The tests about bad requests that an engine passes which treats them so. */
async function passedBy(onRefusal: (engine: MockEngine, error: unknown) => ReturnType<MockEngine['infer']>) {
  const open = async () => {
    const { engine } = mockLanguageModel(paced);
    return {
      ...engine,
      infer: (request) => engine.infer(request).catch((error) => onRefusal(engine, error)),
    } as MockEngine;
  };
  const options = { features: mockLanguageModelFeatures, contextLength: 400, timeoutMs: 2000 };
  const tests = await runRecorded(
    (runner) => describeTextGeneration(runner, open, options),
    (name) => hasToRefuse.test(name),
  );
  const about = tests.filter(({ name }) => hasToRefuse.test(name));
  expect(about.length).toBeGreaterThan(20);
  return about.filter(({ failure }) => !failure).map(({ name }) => name);
}

it('an engine may refuse temperatures above 0, as every parameter that no feature stands for', async () => {
  const test = 'gives the same answer at temperature 0, and others at a high one or refuses it';
  const open = async () => {
    const { engine } = mockLanguageModel(paced);
    const infer: MockEngine['infer'] = async (request) => {
      if (!request.sampling?.temperature) return engine.infer(request);
      throw new FerrumError('Unsupported', 'This engine knows temperature 0 alone.');
    };
    return { ...engine, infer };
  };
  const options = { features: mockLanguageModelFeatures, contextLength: 400, timeoutMs: 2000 };
  expect(await failureOf((runner) => describeTextGeneration(runner, open, options), test)).toBeUndefined();
});

describe('no test about a bad request is passed by an engine', () => {
  it('that answers whatever comes', async () => {
    expect(await passedBy((engine) => engine.infer({ prompt: 'Hi', sampling: { maxTokens: 1 } }))).toEqual([]);
  });

  it('that refuses it with a plain error', async () => {
    const refuse = () => Promise.reject(new TypeError('Cannot read properties of undefined'));
    expect(await passedBy(refuse)).toEqual([]);
  });
});
