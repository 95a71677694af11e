import type { JsonObject } from '@ferrum/interfaces';
import type { Expression } from './grammar.js';
import type { JsonText } from './json-text.js';
import { decimalsBetween, integersBetween, numbersBetween } from './number-range.js';
import { SchemaProblem } from './schema-problem.js';

/** Numbers of a schema, of at most fifteen digits: so many keep their value as a double. @throws SchemaProblem */
export function numberGrammar(schema: JsonObject, path: string, isInteger: boolean, json: JsonText): Expression {
  const bound = (keyword: string): number | undefined => {
    const value = schema[keyword];
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 1e15))
      return value;
    throw new SchemaProblem(path, keyword, `\`${keyword}\` must be a number of less than 15 digits`);
  };
  const [low, high] = [bound('minimum'), bound('maximum')];
  const [above, below] = [bound('exclusiveMinimum'), bound('exclusiveMaximum')];
  if ([low, high, above, below].every((value) => value === undefined)) {
    return isInteger ? integersBetween(-largestNumber, largestNumber) : json.number;
  }
  const unitsBetween = (decimals: number): readonly [bigint, bigint] => {
    const from = [
      low === undefined ? -largestNumber : ceil(low, decimals),
      ...(above === undefined ? [] : [floor(above, decimals) + 1n]),
    ];
    const to = [
      high === undefined ? largestNumber : floor(high, decimals),
      ...(below === undefined ? [] : [ceil(below, decimals) - 1n]),
    ];
    return [from.reduce((a, b) => (a > b ? a : b)), to.reduce((a, b) => (a < b ? a : b))];
  };
  const [from, to] = unitsBetween(0);
  if (isInteger) return integersBetween(from, to);
  const given = [low, high, above, below].filter((value) => value !== undefined);
  const isWhole = given.every(Number.isInteger);
  if (isWhole && from <= to) return numbersBetween(from, to);
  const decimals = Math.min(12, Math.max(...given.map(decimalsOf)) + 1);
  const tooLong = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].find((keyword) => {
    const value = bound(keyword);
    return value !== undefined && (Math.abs(value) >= 1e6 || decimalsOf(value) > 8);
  });
  if (tooLong !== undefined) {
    throw new SchemaProblem(
      path,
      tooLong,
      `\`${tooLong}\` has too many digits beside a bound with decimals; at most 6 before the point and 8 after it`,
    );
  }
  return decimalsBetween(...unitsBetween(decimals), decimals);
}

const largestNumber = 10n ** 15n - 1n;

function decimalsOf(value: number): number {
  const [, digits = '', exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  return Math.max(0, digits.length - Number(exponent));
}

/** In units of so many decimals, exactly: a bound's own digits are what was meant. */
function floor(value: number, decimals: number): bigint {
  const own = decimalsOf(value);
  const units = BigInt(Math.round(value * 10 ** own));
  if (own <= decimals) return units * 10n ** BigInt(decimals - own);
  const divisor = 10n ** BigInt(own - decimals);
  const quotient = units / divisor;
  return units < 0n && quotient * divisor !== units ? quotient - 1n : quotient;
}

function ceil(value: number, decimals: number): bigint {
  return -floor(-value, decimals);
}
