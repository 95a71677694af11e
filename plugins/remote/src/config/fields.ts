import * as v from 'valibot';

/** The longest delay that setTimeout takes, in ms. */
const longestTimer = 2 ** 31 - 1;

export const someText = v.pipe(v.string(), v.minLength(1, 'is empty'));
/** Valibot leaves out three names, which every object has, without a word. */
export const dictionary = <Key extends v.GenericSchema<string, string>, Value extends v.GenericSchema>(
  key: Key,
  value: Value,
) =>
  v.pipe(
    v.unknown(),
    v.check((given) => !Array.isArray(given), 'must be an object, not a list'),
    v.check((given) => !hasOddName(given), 'cannot have an entry named __proto__, constructor or prototype'),
    v.record(key, value),
  );
export const count = v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(1, 'must be at least 1'));
export const milliseconds = (least: number) =>
  v.pipe(
    v.number(),
    v.finite('must be finite'),
    v.minValue(least, `must be at least ${least} ms`),
    v.maxValue(longestTimer, `must be at most ${longestTimer} ms`),
  );

function hasOddName(given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false;
  return ['__proto__', 'constructor', 'prototype'].some((name) => Object.hasOwn(given, name));
}
