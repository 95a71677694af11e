import assert from 'node:assert/strict';
import { untilActive } from '../engine/activity.js';
import { rejection } from '../engine/rejection.js';
import { greedy, type TextSubject, untyped } from './requests.js';

const codes = ['RequestValidation', 'InvalidParameter', 'Unsupported'] as const;
const { NaN: notANumber, POSITIVE_INFINITY: infinity } = Number;
const noRequest = [undefined, null, 'Hi', 7, [], {}];

/** Values that no engine may take, by field. */
const badFields: Readonly<Record<string, readonly unknown[]>> = {
  prompt: ['', 7, null, {}, true],
  nonsense: [1],
  preset: ['nonesuch', 7],
  priority: ['urgent', 1],
  timeoutMs: [0, -1, notANumber, '5'],
  deadline: [new Date(notANumber), 'tomorrow', 0],
  metadata: ['x', 7],
  signal: ['stop', {}],
  id: [7],
  sampling: [null, 'greedy', 7],
};

const badSampling: Readonly<Record<string, readonly unknown[]>> = {
  nonsense: [1],
  maxTokens: [0, -1, 1.5, notANumber, infinity, '8', null],
  temperature: [-1, notANumber, infinity, '0'],
  topP: [0, -0.1, 1.1, notANumber, '1'],
  topK: [0, -1, 1.5, notANumber],
  minP: [-0.1, 1.1, notANumber],
  n: [0, -1, 1.5, notANumber],
  seed: [-1, 0.5, notANumber, 'x'],
  repetitionPenalty: [0, -1, notANumber],
  presencePenalty: [notANumber, infinity, 'x'],
  frequencyPenalty: [notANumber, infinity, 'x'],
  logitBias: [{ x: 1 }, { 1: notANumber }, 7],
  stopSequences: ['x', [''], [7], 7],
  logprobs: ['yes', 1],
  topLogprobs: [-1, 1.5, notANumber],
  responseFormat: ['json', { type: 'xml' }, {}],
};

/** Requests that are wrong. */
export function badRequestTests(subject: TextSubject, prompt: string, contextLength: number | undefined): void {
  const refuse = async (request: unknown, what: string) => {
    try {
      await rejection(() => subject.engine.infer(untyped(request)), ...codes);
    } catch (error) {
      throw new Error(`${what}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  };

  subject.test('refuses what is no request, and one with both a prompt and messages', async () => {
    for (const request of noRequest) await refuse(request, `the request ${JSON.stringify(request)}`);
    await refuse({ prompt, messages: [{ role: 'user', content: prompt }] }, 'a prompt beside messages');
  });

  for (const [field, values] of Object.entries(badFields)) {
    subject.test(`refuses a bad value of ${field}`, async () => {
      for (const value of values) await refuse({ ...greedy(prompt, 4), [field]: value }, `${field} ${shown(value)}`);
    });
  }

  for (const [field, values] of Object.entries(badSampling)) {
    subject.test(`refuses a bad value of sampling.${field}`, async () => {
      for (const value of values) {
        const sampling = { temperature: 0, maxTokens: 4, [field]: value };
        await refuse({ prompt, sampling }, `sampling.${field} ${shown(value)}`);
      }
    });
  }

  subject.test('is not disturbed by bad requests, neither what runs nor what comes after', async () => {
    const { engine } = subject;
    const { text } = await engine.infer(greedy(prompt, 24));
    const running = engine.infer(greedy(prompt, 24));
    await untilActive(engine, running);
    for (const request of [...noRequest, { prompt: '' }, { prompt, sampling: { maxTokens: -1 } }]) {
      await refuse(request, `the request ${JSON.stringify(request)}`);
    }
    assert.equal((await running).text, text);
    assert.equal((await engine.infer(greedy(prompt, 24))).text, text);
    assert.equal((await engine.healthCheck()).status, 'healthy', 'Bad requests made the engine ill.');
    assert.equal((await engine.status()).isReady, true);
  });

  if (contextLength === undefined) return;
  subject.test('refuses a prompt that is longer than the context, and goes on', async () => {
    await refuse(greedy('word '.repeat(2 * contextLength), 4), `a prompt of about ${2 * contextLength} tokens`);
    await subject.engine.infer(greedy(prompt, 2));
  });
}

function shown(value: unknown): string {
  return typeof value === 'number' || value instanceof Date ? String(value) : JSON.stringify(value);
}
