import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excessOf } from './json-body.js';

const isDeepText = (json: string) => excessOf(Buffer.from(json))?.includes('levels') ?? false;
const nested = (levels: number) => `${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`;

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('JSON that is nested more than 100 levels deep', () => {
  it('is found by its level, not by the number of its brackets', () => {
    expect(isDeepText(nested(100))).toBe(false);
    expect(isDeepText(`[${nested(100)}]`)).toBe(true);
    expect(isDeepText(`[${'[],{},'.repeat(1000)}1]`)).toBe(false);
  });

  it('is not what its texts look like', () => {
    const brackets = '['.repeat(500);
    for (const text of [
      brackets,
      `"${brackets}`,
      `\\"${brackets}`,
      `\\${brackets}`,
      `漢${brackets}🙂`,
      `${brackets}\\`,
    ]) {
      expect(isDeepText(JSON.stringify({ [text]: [text, text] }))).toBe(false);
      expect(isDeepText(`[${JSON.stringify(text)},${nested(100)}]`)).toBe(true);
    }
  });

  it('is found whatever surrounds it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.integer({ min: 95, max: 101 }), (value, levels) => {
        const json = `${'['.repeat(levels)}${JSON.stringify(value)}${']'.repeat(levels)}`;
        expect(isDeepText(json)).toBe(levels + depthOf(value) > 100);
      }),
    );
  });

  it('may be cut off anywhere', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => excessOf(bytes) === undefined));
    for (const json of ['"', '"\\', '[', '', ']]]]']) expect(isDeepText(json)).toBe(false);
  });
});

it('JSON of too many fields is found by the colons outside its texts', () => {
  const fields = (count: number) => `{${Array.from({ length: count }, (_, index) => `"${index}:":":"`).join()}}`;
  expect(excessOf(Buffer.from(fields(200_000)))).toBeUndefined();
  expect(excessOf(Buffer.from(fields(200_001)))).toBe('has more than 200000 fields');
});
