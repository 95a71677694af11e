import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { engineKey } from './engine-key.js';

const options = fc.dictionary(fc.string(), fc.jsonValue({ depthSize: 'small' }));
const key = (value: Readonly<Record<string, unknown>>): string => engineKey('engine', 'model', value);

describe('engineKey', () => {
  it('is equal exactly for options of equal value', () => {
    // -0 and 0 are one number to an engine, JSON has only one, and isDeepStrictEqual tells them apart.
    const plain = options.map((value): Record<string, unknown> => JSON.parse(JSON.stringify(value)));
    fc.assert(fc.property(plain, plain, (a, b) => (key(a) === key(b)) === isDeepStrictEqual(a, b)));
  });

  it('does not depend on the order of keys, nor on undefined ones', () => {
    fc.assert(
      fc.property(options, (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(key({ ...reversed, absent: undefined })).toBe(key({ ...value, absent: undefined }));
      }),
    );
    expect(key({ threads: undefined })).toBe(key({}));
  });

  it('tells descriptors and models apart whatever characters they contain', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (idA, modelA, idB, modelB) => {
        const same = idA === idB && modelA === modelB;
        return (engineKey(idA, modelA, {}) === engineKey(idB, modelB, {})) === same;
      }),
    );
  });

  it('compares functions and instances by identity, and tells values of different types apart', () => {
    const log = (): void => {};
    const buffer = new Uint8Array(2);
    expect(key({ log, buffer })).toBe(key({ buffer, log }));
    expect(key({ log })).not.toBe(key({ log: () => {} }));
    expect(key({ buffer })).not.toBe(key({ buffer: new Uint8Array(2) }));
    const values = [1, '1', 1n, true, 'true', null, 'null', Number.NaN, [1], ['1'], { 0: 1 }, new Map()];
    expect(new Set(values.map((value) => key({ value }))).size).toBe(values.length);
  });

  it('rejects what cannot be compared', () => {
    const circular: Record<string, unknown> = {};
    circular.self = [circular];
    expect(() => key(circular)).toThrow(expect.objectContaining({ code: 'InvalidParameter' }));
    expect(() => key({ tag: Symbol('tag') })).toThrow(expect.objectContaining({ code: 'InvalidParameter' }));
    const shared = { a: 1 };
    expect(() => key({ first: shared, second: shared })).not.toThrow();
  });
});
