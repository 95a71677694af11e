import { readFileSync } from 'node:fs';
import type { InferenceRequest } from '@ferrum/interfaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRequest } from '../engine/request.js';
import { presets } from './presets.js';

/** What the interface says of each preset, in its comments. */
const documentation = readFileSync(
  new URL('../../../interfaces/src/generation/sampling-presets.ts', import.meta.url),
  'utf8',
);
const documented = Object.fromEntries(
  Array.from(documentation.matchAll(/\/\*\* (`.*) \*\/\s+readonly (\w+):/g), ([, values = '', name = '']) => [
    name,
    Object.fromEntries(
      Array.from(values.matchAll(/`(\w+)` ([\d.]+\d|\d)/g), ([, field, value]) => [field, Number(value)]),
    ),
  ]),
);

describe('presets', () => {
  it('are the documented ones', () => {
    expect(Object.keys(documented)).toEqual(['greedy', 'creative', 'precise']);
    expect(presets).toEqual(documented);
  });

  it('go before whatever a model recommends, which fills in the rest', () => {
    const recommendation = fc.record(
      {
        temperature: fc.double({ min: 0, max: 2, noNaN: true }),
        topK: fc.integer({ min: 1, max: 100 }),
        minTokens: fc.nat(9),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(documented)), recommendation, (preset, recommended) => {
        const { sampling } = checkRequest({ prompt: 'Hi', preset } as InferenceRequest, {
          recommended,
          presets,
          vocabularySize: 100,
        });
        expect(sampling).toMatchObject({ ...recommended, ...documented[preset] });
      }),
    );
  });
});
