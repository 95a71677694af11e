import { FerrumError } from './errors.js';

/**
 * What two calls must have in common to share an engine: descriptor, model reference and options. Options are compared
 * by value, whatever the order of their keys, an undefined one like an absent one; functions and instances of classes by identity.
 * @throws FerrumError `InvalidParameter` for options that contain themselves or a symbol.
 */
export function engineKey(descriptorId: string, model: string, options: Readonly<Record<string, unknown>>): string {
  return serialise([descriptorId, model, options], []);
}

function serialise(value: unknown, parents: readonly object[]): string {
  if (typeof value === 'symbol') throw invalid('a symbol');
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return identity(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (parents.includes(value)) throw invalid('a reference to themselves');
  const inside = [...parents, value];
  if (Array.isArray(value)) return `[${value.map((item) => serialise(item, inside)).join()}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return identity(value);
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${serialise(item, inside)}`).join()}}`;
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function identity(value: object): string {
  let number = identities.get(value);
  if (number === undefined) {
    lastIdentity += 1;
    number = lastIdentity;
    identities.set(value, number);
  }
  return `#${number}`;
}

function invalid(what: string): FerrumError {
  const message = `The engine options contain ${what}; they must be plain data, functions or objects.`;
  return new FerrumError('InvalidParameter', message, { details: { parameter: 'options' } });
}
