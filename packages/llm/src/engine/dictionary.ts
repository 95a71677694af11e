import * as v from 'valibot';

/** An object as JSON or a literal makes it; a list, a map or a date is none. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export const plainObject = v.custom<Readonly<Record<string, unknown>>>(isPlainObject, 'must be an object');

/**
 * Values by name. Unlike `v.record` it refuses what that leaves out without a word, and calls a wrong key wrong rather than
 * missing.
 * @param problemOf what is wrong with a key, if anything
 */
export function dictionary<Value extends v.GenericSchema>(
  value: Value,
  problemOf: (key: string) => string | undefined = () => undefined,
) {
  return v.pipe(
    plainObject,
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const input = dataset.value as Record<string, unknown>;
      for (const key of Reflect.ownKeys(input)) {
        const message = typeof key === 'symbol' || leftOut.has(key) ? 'is no name to use here' : problemOf(key);
        if (message === undefined) continue;
        const name = String(key);
        addIssue({ message, path: [{ type: 'object', origin: 'value', input, key: name, value: input[name] }] });
        return;
      }
    }),
    v.record(v.string(), value),
  );
}

/** By `v.record`, lest they reach a prototype. */
const leftOut: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);
