import type { JsonObject } from '@ferrum/interfaces';
import type { Expression } from './grammar.js';
import type { JsonText } from './json-text.js';
import { decimalsBetween, integersBetween, numbersBetween } from './number-range.js';
import { SchemaProblem } from './schema-problem.js';

/**
 * Numbers of a schema, of at most fifteen digits: so many keep their value as a double. A bound beyond all of those, such as
 * the 9007199254740991 of zod's integers, leaves them all.
 * @throws SchemaProblem
 */
export function numberGrammar(schema: JsonObject, path: string, isInteger: boolean, json: JsonText): Expression {
  if (bounds.every((keyword) => schema[keyword] === undefined)) {
    return isInteger ? integersBetween(-largestNumber, largestNumber) : json.number;
  }
  const low = strictest(limitOf(schema, path, 'minimum', -1), limitOf(schema, path, 'exclusiveMinimum', -1), -1);
  const high = strictest(limitOf(schema, path, 'maximum', 1), limitOf(schema, path, 'exclusiveMaximum', 1), 1);
  const unitsBetween = (decimals: number): readonly [bigint, bigint] => {
    const from = low && (low.isOpen ? floor(low.value, decimals) + 1n : ceil(low.value, decimals));
    const to = high && (high.isOpen ? ceil(high.value, decimals) - 1n : floor(high.value, decimals));
    return [
      from === undefined || from < -largestNumber ? -largestNumber : from,
      to === undefined || to > largestNumber ? largestNumber : to,
    ];
  };
  if (isInteger) return integersBetween(...unitsBetween(0));
  const limits = [low, high].filter((limit) => limit !== undefined);
  if (limits.every(({ value }) => Number.isInteger(value))) {
    const [from, to] = [low ? BigInt(low.value) : -largestNumber, high ? BigInt(high.value) : largestNumber];
    return numbersBetween(from, to, { low: low?.isOpen ?? false, high: high?.isOpen ?? false });
  }
  const wholeDigits = Math.max(...limits.map(({ value }) => String(Math.trunc(Math.abs(value))).length));
  const wanted = Math.max(...limits.map(({ value }) => decimalsOf(value))) + 1;
  const decimals = Math.max(1, Math.min(12, wanted, mostDigits - wholeDigits));
  const [from, to] = unitsBetween(decimals);
  const beyond = from > largestNumber ? low : to < -largestNumber ? high : undefined;
  if (beyond) {
    throw new SchemaProblem(
      path,
      beyond.keyword,
      `\`${beyond.keyword}\` has too many digits beside a bound with decimals; at most ${mostDigits - 1} before the point`,
    );
  }
  return decimalsBetween(from, to, decimals);
}

const mostDigits = 15;
const largestNumber = 10n ** BigInt(mostDigits) - 1n;
const bounds = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const;

interface Limit {
  readonly keyword: (typeof bounds)[number];
  readonly value: number;
  readonly isOpen: boolean;
}

/** @returns undefined where the bound is beyond every number that can be written, on its own side */
function limitOf(schema: JsonObject, path: string, keyword: Limit['keyword'], side: 1 | -1): Limit | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new SchemaProblem(path, keyword, `\`${keyword}\` must be a number`);
  }
  if (value * side > Number(largestNumber)) return undefined;
  if (value * side < -Number(largestNumber)) {
    throw new SchemaProblem(
      path,
      keyword,
      `\`${keyword}\` is ${value}, which leaves no number of at most ${mostDigits} digits`,
    );
  }
  return { keyword, value, isOpen: keyword.startsWith('exclusive') };
}

function strictest(a: Limit | undefined, b: Limit | undefined, side: 1 | -1): Limit | undefined {
  if (!a || !b) return a ?? b;
  if (a.value === b.value) return a.isOpen ? a : b;
  return a.value * side < b.value * side ? a : b;
}

function decimalsOf(value: number): number {
  const [, digits = '', exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  return Math.max(0, digits.length - Number(exponent));
}

/** In units of so many decimals, exactly: a bound's own digits are what was meant. */
function floor(value: number, decimals: number): bigint {
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  const units = BigInt(`${sign}${whole}${fraction}`);
  const missing = decimals - fraction.length + Number(exponent);
  if (missing >= 0) return units * 10n ** BigInt(missing);
  const divisor = 10n ** BigInt(-missing);
  const quotient = units / divisor;
  return units < 0n && quotient * divisor !== units ? quotient - 1n : quotient;
}

function ceil(value: number, decimals: number): bigint {
  return -floor(-value, decimals);
}
