import { badRequest } from '../../http/api-error.js';

/** Which fields of a form are not simply texts. */
export interface FormShape {
  readonly numbers?: readonly string[];
  readonly booleans?: readonly string[];
  /** Fields that may be repeated, as `name[]` or `name`. */
  readonly lists?: readonly string[];
  /** Fields that are a text, JSON in a text, or written member by member as `name[member]`. */
  readonly objects?: readonly string[];
}

/**
 * The fields of a form as the object that JSON would have been. What is not of the form that its field has stays a text, so
 * that the schema says what is wrong with it.
 */
export class FormFields {
  readonly #values = new Map<string, unknown>();

  constructor(private readonly shape: FormShape) {}

  /**
   * @param value a text, or what a part of JSON holds
   * @throws FerrumError `RequestValidation` for a second value of a field that has one
   */
  add(name: string, value: unknown): void {
    const { lists = [], objects = [] } = this.shape;
    const [, base = name, member] = /^([^[\]]+)\[([^[\]]*)\]$/.exec(name) ?? [];
    if (lists.includes(base) && !member) {
      const earlier = (this.#values.get(base) ?? []) as unknown[];
      this.#values.set(base, [...earlier, value].flat());
    } else if (objects.includes(base) && member) {
      const earlier = this.#values.get(base) ?? new Map<string, unknown>();
      if (!(earlier instanceof Map) || earlier.has(member)) throw repeated(name);
      this.#values.set(base, earlier.set(member, asNumber(value)));
    } else {
      if (this.#values.has(name)) throw repeated(name);
      this.#values.set(name, this.#parse(name, value));
    }
  }

  toObject(): Record<string, unknown> {
    const entries = [...this.#values].map(([name, value]) => [
      name,
      value instanceof Map ? Object.fromEntries(value) : value,
    ]);
    return Object.fromEntries(entries);
  }

  #parse(name: string, value: unknown): unknown {
    const { numbers = [], booleans = [], objects = [] } = this.shape;
    if (numbers.includes(name)) return asNumber(value);
    if (booleans.includes(name)) return value === 'true' ? true : value === 'false' ? false : value;
    return objects.includes(name) ? asObject(value) : value;
  }
}

function asNumber(value: unknown): unknown {
  const isNumber = typeof value === 'string' && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value);
  return isNumber ? Number(value) : value;
}

function asObject(value: unknown): unknown {
  if (typeof value !== 'string' || !value.trimStart().startsWith('{')) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function repeated(name: string) {
  return badRequest(name, `\`${name}\` is in the form more than once. Send it once.`);
}
