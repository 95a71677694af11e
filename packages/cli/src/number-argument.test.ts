import { InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { integerArgument, integerListArgument, numberArgument, numberListArgument, orNone } from './number-argument.js';

describe('numberArgument', () => {
  it('reads every number as JavaScript writes it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(numberArgument()(String(value))).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  it('refuses everything that is no decimal number, or gives a finite one', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(Number.isFinite(numberArgument()(text))).toBe(true);
          expect(Number.parseFloat(text)).toBe(Number(text));
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidArgumentError);
        }
      }),
    );
  });

  it.each(['', ' ', '0x10', '1_000', '1,5', 'Infinity', 'NaN', '1e400', '.', 'e5', '1 '])('refuses %j', (text) => {
    expect(() => numberArgument()(text)).toThrow(InvalidArgumentError);
  });
});

describe('integerArgument', () => {
  it('reads safe integers within its range and refuses the others', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }), (value) => {
        const read = () => integerArgument({ minimum: 0 })(value.toString());
        if (value >= 0n && value < 2n ** 53n) expect(read()).toBe(Number(value));
        else expect(read).toThrow(InvalidArgumentError);
      }),
    );
  });

  it.each(['', '1.0', '1e3', '0x1', '٣'])('refuses %j', (text) => {
    expect(() => integerArgument()(text)).toThrow(InvalidArgumentError);
  });
});

describe('integerListArgument', () => {
  it('reads one number or several, with or without blanks', () => {
    expect(integerListArgument()('8')).toEqual([8]);
    expect(integerListArgument()('1,4, 8')).toEqual([1, 4, 8]);
  });

  it.each(['', ',', '1,', '1,,2', '1;2', '0,1', '1,x'])('refuses %j', (text) => {
    expect(() => integerListArgument({ minimum: 1 })(text)).toThrow(
      'It must be whole numbers, at least 1, separated by commas.',
    );
  });
});

describe('numberListArgument', () => {
  it('reads one number or several', () => {
    expect(numberListArgument()('0, 0.2,-1')).toEqual([0, 0.2, -1]);
  });

  it.each(['', '1;2', '1,,2', '0,x'])('refuses %j', (text) => {
    expect(() => numberListArgument({ maximum: 1 })(text)).toThrow(
      'It must be numbers, at most 1, separated by commas.',
    );
  });
});

describe('orNone', () => {
  it('reads what the other reads, and "none"', () => {
    expect(orNone(numberArgument())('1.5')).toBe(1.5);
    expect(orNone(numberArgument())('none')).toBe('none');
    expect(() => orNone(numberArgument({ minimum: 0 }))('None')).toThrow('It must be a number, at least 0, or "none".');
  });
});
