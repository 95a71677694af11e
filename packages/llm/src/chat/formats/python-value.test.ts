import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pythonToJson, valueLength } from './python-value.js';

describe('pythonToJson', () => {
  // As Python reads them, json.dumps(ast.literal_eval(text)), but for the digits of numbers.
  it.each([
    [String.raw`"a\"b"`, String.raw`"a\"b"`],
    [String.raw`'tab\t\x41\u00e9\U0001F600'`, String.raw`"tab\tAé😀"`],
    ['"""two\nlines"""', String.raw`"two\nlines"`],
    [String.raw`'\q'`, String.raw`"\\q"`],
    ['[1, -2.5, 1e3, .5, 1_000]', '[1, -2.5, 1000, 0.5, 1000]'],
    ["(1, 'a',)", '[1, "a"]'],
    ['{\'a\': None, "b": [True, False]}', '{"a": null, "b": [true, false]}'],
    ['{1: {}}', '{"1": {}}'],
    ['12345678901234567890', '12345678901234567890'],
  ])('reads %s', (python, json) => {
    expect(pythonToJson(python)).toBe(json);
  });

  it('reads JSON too', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // JSON has no −0 to compare with.
        const text = JSON.stringify(value);
        expect(JSON.parse(pythonToJson(text) ?? '')).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each(['f(x)', '1 + 2', 'name', "'open", '[1, 2', '{1}', '1e999', '', '['.repeat(1000)])(
    'has nothing for %s',
    (text) => {
      expect(pythonToJson(text)).toBeUndefined();
    },
  );
});

describe('valueLength', () => {
  it.each([
    ['1, b=2)', 1],
    ["'a,)]', x", 6],
    ['[1, (2, 3)], b', 11],
    ['"""a"b""")', 9],
    ["'\\'', 1", 4],
    [')', 0],
  ])('finds where a value ends in %s', (text, length) => {
    expect(valueLength(text)).toBe(length);
  });

  it.each(['12', "'a, b", '[1, 2', '{"a": "}"', '"\\'])('waits for the end of %s', (text) => {
    expect(valueLength(text)).toBeUndefined();
  });
});
