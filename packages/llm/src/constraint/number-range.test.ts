import type { JsonObject } from '@ferrum/interfaces';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { accepts, openPieceEngine, randomAnswer } from './testing/random-answers.js';
import { ajv } from './testing/random-schemas.js';

const engine = openPieceEngine();
afterAll(() => engine.dispose());

describe('numbers between bounds', () => {
  it('are just those, when they are whole', async () => {
    const whole = fc.oneof(fc.integer({ min: -150, max: 150 }), fc.integer({ min: -1_000_000, max: 1_000_000 }));
    await fc.assert(
      fc.asyncProperty(whole, whole, fc.array(whole, { minLength: 4, maxLength: 4 }), async (a, b, values) => {
        const [minimum, maximum] = [Math.min(a, b), Math.max(a, b)];
        const spec = { type: 'json_schema', schema: { type: 'integer', minimum, maximum } } as const;
        for (const value of [minimum - 1, minimum, maximum, maximum + 1, ...values]) {
          expect(await accepts(engine, spec, String(value)), `${minimum}…${maximum}: ${value}`).toBe(
            value >= minimum && value <= maximum,
          );
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('with decimals are never beyond them', async () => {
    const spec = { type: 'json_schema', schema: { type: 'number', minimum: -0.25, exclusiveMaximum: 12.5 } } as const;
    for (const text of ['-0.250', '-0.001', '0.000', '12.499'])
      expect(await accepts(engine, spec, text), text).toBe(true);
    for (const text of ['-0.26', '12.5', '12.51', '13', '-1'])
      expect(await accepts(engine, spec, text), text).toBe(false);
  });
});

describe('numbers with bounds that are left out', () => {
  it('come as near to them as fifteen digits tell apart', async () => {
    const whole = fc.oneof(fc.integer({ min: -12, max: 12 }), fc.integer({ min: -2_000_000, max: 2_000_000 }));
    const fraction = fc.constantFrom('', '.5', '.0', '.01', '.000001', '.999999', '.10');
    await fc.assert(
      fc.asyncProperty(
        whole,
        whole,
        fc.boolean(),
        fc.boolean(),
        fc.array(fc.tuple(whole, fraction), { minLength: 3, maxLength: 3 }),
        async (a, b, isLowOpen, isHighOpen, values) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b) + 1];
          const schema = {
            type: 'number',
            [isLowOpen ? 'exclusiveMinimum' : 'minimum']: low,
            [isHighOpen ? 'exclusiveMaximum' : 'maximum']: high,
          };
          const near = [low - 1, low, low + 1, high - 1, high].flatMap((one) => [
            `${one}`,
            `${one}.5`,
            `${one}.000001`,
          ]);
          for (const text of [...near, ...values.map(([one, rest]) => `${one}${rest}`)]) {
            // The ends themselves are written without a point.
            if (/\.0$/.test(text) && [low, high].includes(Number(text))) continue;
            expect(
              await accepts(engine, { type: 'json_schema', schema }, text),
              `${JSON.stringify(schema)}: ${text}`,
            ).toBe(ajv.validate(schema, JSON.parse(text)));
          }
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});

describe('numbers between bounds with decimals', () => {
  it('keep to them, however large they are', async () => {
    const bound = fc
      .tuple(fc.constantFrom(1, 100, 1e6, 1e11, 1e14), fc.double({ min: -1, max: 1, noNaN: true }), fc.nat(9))
      .map(([size, share, decimals]) => Number((size * share).toFixed(decimals)));
    let finished = 0;
    await fc.assert(
      fc.asyncProperty(bound, bound, fc.boolean(), fc.boolean(), fc.nat(), async (a, b, isOpen, hasHigh, seed) => {
        const schema = {
          type: 'number',
          [isOpen ? 'exclusiveMinimum' : 'minimum']: Math.min(a, b),
          ...(hasHigh ? { [isOpen ? 'exclusiveMaximum' : 'maximum']: Math.max(a, b) } : {}),
        };
        const spec = { type: 'json_schema', schema } as const;
        const answer = await randomAnswer(engine, spec, seed).catch((error: Error) => {
          // One number that is left out, or two neighbours.
          expect(error.message).toMatch(/no finite answer/);
        });
        if (!answer) return;
        finished += 1;
        expect(answer.isFinished).toBe(true);
        expect(ajv.validate(schema, JSON.parse(answer.text)), `${JSON.stringify(schema)}: ${answer.text}`).toBe(true);
      }),
      { numRuns: 150 },
    );
    expect(finished).toBeGreaterThan(60);
  }, 60_000);
});

describe('bounds with more digits than are written', () => {
  // As zod 4.6 writes them (`z.toJSONSchema` of z.int(), .min(0), .positive(), .negative(), and of numbers that are not whole).
  const safe = Number.MAX_SAFE_INTEGER;
  const integers: JsonObject[] = [
    { type: 'integer', minimum: -safe, maximum: safe },
    { type: 'integer', minimum: 0, maximum: safe },
    { type: 'integer', exclusiveMinimum: 0, maximum: safe },
    { type: 'integer', minimum: -safe, exclusiveMaximum: 0 },
    { type: 'integer', exclusiveMinimum: -1e300, exclusiveMaximum: 1e21 },
  ];
  const numbers: JsonObject[] = [
    { type: 'number', exclusiveMinimum: 0 },
    { type: 'number', minimum: 0.5, maximum: safe },
    { type: 'number', minimum: 0.01, maximum: 1_000_000 },
    { type: 'number', maximum: 1.7976931348623157e308 },
  ];
  const texts = ['-7', '-1', '0', '1', '7', '120', '123456789012345', '-123456789012345', '999999999999999'];

  it.each(integers)('leave integers all that are: %j', async (schema) => {
    for (const text of texts) {
      const isValid = ajv.validate(schema, JSON.parse(text));
      expect(await accepts(engine, { type: 'json_schema', schema }, text), text).toBe(isValid);
    }
  });

  it.each([...integers, ...numbers])('are kept by every answer: %j', async (schema) => {
    for (let seed = 0; seed < 15; seed++) {
      const { text, isFinished } = await randomAnswer(engine, { type: 'json_schema', schema }, seed);
      expect(isFinished).toBe(true);
      expect(ajv.validate(schema, JSON.parse(text)), text).toBe(true);
    }
  });

  it('leave numbers from the least to the largest', async () => {
    for (const [schema, accepted, refused] of [
      [numbers[0], ['0.5', '0.0001', '1', '19.99', '123456789012345'], ['0', '0.0', '-1']],
      [numbers[1], ['0.50', '19.99', '1234567890123.45'], ['0.49', '-1.00']],
      [numbers[2], ['0.010', '999999.999', '1000000.000'], ['0.009', '1000000.001']],
    ] as const) {
      const spec = { type: 'json_schema', schema: schema as JsonObject } as const;
      for (const text of accepted) expect(await accepts(engine, spec, text), text).toBe(true);
      for (const text of refused) expect(await accepts(engine, spec, text), text).toBe(false);
    }
  });

  it.each([
    [{ type: 'integer', minimum: 1e15 }, 'minimum', /leaves no number of at most 15 digits/],
    [{ type: 'integer', exclusiveMaximum: -Number.MAX_SAFE_INTEGER }, 'exclusiveMaximum', /leaves no number/],
    [{ type: 'number', minimum: 5e14, maximum: 6e14 + 0.5 }, 'minimum', /too many digits beside a bound with decimals/],
    [{ type: 'number', exclusiveMinimum: true, minimum: 0 }, 'exclusiveMinimum', /must be a number/],
  ])('are refused where they leave none: %j', async (schema, keyword, message) => {
    await expect(engine.compile({ type: 'json_schema', schema }).ready).rejects.toMatchObject({
      message: expect.stringMatching(message),
      details: { keyword },
    });
  });
});
