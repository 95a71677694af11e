import type { JsonObject } from '@ferrum/interfaces';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { specGrammar } from './spec-grammar.js';
import { accepts, openPieceEngine, randomAnswer } from './testing/random-answers.js';

const engine = openPieceEngine();
afterAll(() => engine.dispose());
const ajv = new Ajv2020({ strict: false });

const limits = fc
  .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }), fc.boolean(), fc.boolean())
  .map(([a, b, hasMin, hasMax]) => ({
    ...(hasMin ? { minLength: Math.min(a, b) } : {}),
    ...(hasMax ? { maxLength: Math.max(a, b) } : {}),
  }));
const string = fc.oneof(
  limits.map((one): JsonObject => ({ type: 'string', ...one })),
  limits.map((one): JsonObject => ({ type: 'string', ...one })),
  fc
    .tuple(fc.constantFrom('[a-z]', '[^a-c]', '\\S', '[a-zé"\\\\]'), fc.integer({ min: 17, max: 40 }), fc.boolean())
    .map(
      ([set, max, hasFirst]): JsonObject => ({
        type: 'string',
        pattern: `^${hasFirst ? '[a-z]b' : ''}${set}{3,${max}}$`,
      }),
    ),
  fc.constantFrom<JsonObject>(
    { enum: ['abab', 'x', ''] },
    { type: 'null' },
    { type: 'string', pattern: '^a+$', maxLength: 9 },
  ),
);
const schema: fc.Arbitrary<JsonObject> = fc.oneof(
  string,
  fc.array(string, { minLength: 2, maxLength: 4 }).map((anyOf) => ({ anyOf })),
  fc
    .array(string, { minLength: 1, maxLength: 4 })
    .map((prefixItems) => ({ type: 'array', prefixItems, items: false, minItems: prefixItems.length })),
  string.map((items) => ({ type: 'array', items })),
  fc.tuple(string, string, string).map(([name, other, a]) => ({
    anyOf: [
      {
        type: 'object',
        properties: { name, kind: { const: 'a' } },
        required: ['name', 'kind'],
        additionalProperties: false,
      },
      { type: 'object', properties: { name: other, a }, required: ['name', 'a'], additionalProperties: false },
    ],
  })),
  fc
    .tuple(string, string)
    .map(([name, additionalProperties]) => ({ type: 'object', properties: { name }, additionalProperties })),
);

describe('limits on the length of strings', () => {
  it('hold in every answer that ends, and there is always a way on', async () => {
    let finished = 0;
    await fc.assert(
      fc.asyncProperty(schema, fc.nat(), async (one, seed) => {
        const answer = await randomAnswer(engine, { type: 'json_schema', schema: one }, seed);
        if (!answer.isFinished) return;
        finished += 1;
        const isValid = ajv.validate(one, JSON.parse(answer.text));
        if (!isValid) throw new Error(`${answer.text} does not follow ${JSON.stringify(one)}: ${ajv.errorsText()}`);
      }),
      { numRuns: 200, endOnFailure: true },
    );
    expect(finished).toBeGreaterThan(150);
  }, 60_000);

  it('of any size keep the grammar small', () => {
    const properties = Object.fromEntries(
      [200, 500, 1000, 2000, 100_000].map((maxLength) => [
        `p${maxLength}`,
        { type: 'string', minLength: 1, maxLength },
      ]),
    );
    const { text } = specGrammar({ type: 'json_schema', schema: { properties } }, new Map(), 256);
    expect(text.length).toBeLessThan(5000);
  });

  it('leave every allowed length to be written', async () => {
    const anyOf = [{ maxLength: 2 }, { minLength: 5, maxLength: 7 }].map((one) => ({ type: 'string', ...one }));
    const spec = { type: 'json_schema', schema: { anyOf } } as const;
    for (let length = 0; length < 10; length++) {
      const isAllowed = length <= 2 || (length >= 5 && length <= 7);
      for (const one of ['a', 'é', '\\n', '😀']) {
        expect(await accepts(engine, spec, `"${one.repeat(length)}"`), `${length} × ${one}`).toBe(isAllowed);
      }
    }
  });

  it('are refused where there are too many different ones', async () => {
    const properties = Object.fromEntries(
      Array.from({ length: 70 }, (_, maxLength) => [`p${maxLength}`, { type: 'string', maxLength }]),
    );
    const { ready } = engine.compile({ type: 'json_schema', schema: { type: 'object', properties } });
    await expect(ready).rejects.toThrow(/\/properties\/p\d+: .*63 different/);
  });
});
