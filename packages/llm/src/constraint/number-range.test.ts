import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { accepts, openPieceEngine } from './testing/random-answers.js';

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
