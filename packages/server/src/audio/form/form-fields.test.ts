import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormFields, type FormShape } from './form-fields.js';

const shape: FormShape = { numbers: ['number'], booleans: ['flag'], lists: ['list'], objects: ['object'] };

function parsed(...fields: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const form = new FormFields(shape);
  for (const [name, value] of fields) form.add(name, value);
  return form.toObject();
}

describe('the fields of a form', () => {
  it('are numbers, booleans, lists and objects where they should be', () => {
    expect(
      parsed(
        ['number', '0.25'],
        ['flag', 'true'],
        ['list[]', 'a'],
        ['list', 'b'],
        ['object[type]', 'server_vad'],
        ['object[threshold]', '0.5'],
        ['text', '1'],
      ),
    ).toEqual({
      number: 0.25,
      flag: true,
      list: ['a', 'b'],
      object: { type: 'server_vad', threshold: 0.5 },
      text: '1',
    });
    expect(parsed(['object', ' {"type":"server_vad"}'])).toEqual({ object: { type: 'server_vad' } });
    expect(parsed(['object', 'auto'])).toEqual({ object: 'auto' });
  });

  it('stay texts when they are written otherwise', () => {
    for (const text of ['', ' 1', '1,5', '0x10', 'Infinity', 'NaN', '1e', '.5', '+1', '１']) {
      expect(parsed(['number', text])).toEqual({ number: text });
    }
    for (const text of ['', 'True', '1', 'yes']) expect(parsed(['flag', text])).toEqual({ flag: text });
    expect(parsed(['object', '{'])).toEqual({ object: '{' });
    expect(parsed(['text[]', 'a'], ['list[x]', 'b'], ['a[b][c]', 'd'])).toEqual({
      'text[]': 'a',
      'list[x]': 'b',
      'a[b][c]': 'd',
    });
  });

  it('are there once, but for lists', () => {
    const twice = [
      ['text', 'text'],
      ['number', 'number'],
      ['object', 'object'],
      ['object', 'object[a]'],
      ['object[a]', 'object'],
      ['object[a]', 'object[a]'],
    ];
    for (const [first = '', second = ''] of twice) {
      expect(() => parsed([first, '1'], [second, '1']), `${first} ${second}`).toThrow(/more than once/);
    }
  });

  it('never touch a prototype', () => {
    const made = parsed(['__proto__', 'a'], ['object[__proto__]', 'b'], ['constructor', 'c']);
    expect(Object.keys(made).sort()).toEqual(['__proto__', 'constructor', 'object']);
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(made.object)).toBe(Object.prototype);
    expect(Object.keys(made.object as object)).toEqual(['__proto__']);
  });

  it('keep every number that JSON can write', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(parsed(['number', String(number)])).toEqual({ number: number === 0 ? 0 : number });
      }),
    );
  });
});
