import { Environment } from '@huggingface/jinja';

/** A value of the interpreter, which does not export its classes: what we need to know of one. */
export interface RuntimeValue {
  /** `StringValue`, `IntegerValue`, `ArrayValue` … */
  readonly type: string;
  readonly value: unknown;
}

export type RuntimeMap = ReadonlyMap<string, RuntimeValue>;

/** What a template calls: positional arguments, those given by name, and the variables around the call. */
export type RuntimeFunction = (
  args: readonly RuntimeValue[],
  named: RuntimeMap,
  variables: Map<string, unknown>,
) => RuntimeValue;

/** @param value plain JSON or undefined */
export function toRuntime(value: unknown): RuntimeValue {
  return new Environment().set('value', value);
}

export function listOf(items: readonly RuntimeValue[]): RuntimeValue {
  return Object.assign(toRuntime([]), { value: items });
}

export function mapOf(entries: RuntimeMap): RuntimeValue {
  return Object.assign(toRuntime({}), { value: entries });
}

/** A float even where the number is whole. */
export function floatOf(value: number): RuntimeValue {
  return Object.assign(toRuntime(0.5), { value });
}

export function functionOf(implementation: RuntimeFunction): RuntimeValue {
  const value = (given: readonly RuntimeValue[], scope: Environment): RuntimeValue => {
    const last = given.at(-1);
    const hasNamed = last?.type === 'KeywordArgumentsValue';
    return implementation(
      hasNamed ? given.slice(0, -1) : given,
      (hasNamed && asMap(last)) || new Map(),
      scope.variables,
    );
  };
  return Object.assign(
    toRuntime(() => null),
    { value },
  );
}

export function asText(value: RuntimeValue | undefined): string | undefined {
  return value?.type === 'StringValue' ? String(value.value) : undefined;
}

/** Of whole numbers, floats and, as in Python, booleans. */
export function asNumber(value: RuntimeValue | undefined): number | undefined {
  return value && numeric.has(value.type) ? Number(value.value) : undefined;
}

export function asList(value: RuntimeValue | undefined): readonly RuntimeValue[] | undefined {
  return Array.isArray(value?.value) ? value.value : undefined;
}

export function asMap(value: RuntimeValue | undefined): RuntimeMap | undefined {
  return value?.value instanceof Map ? value.value : undefined;
}

export function isNone(value: RuntimeValue | undefined): boolean {
  return value?.type === 'NullValue';
}

export function isUndefined(value: RuntimeValue | undefined): boolean {
  return value === undefined || value.type === 'UndefinedValue';
}

/** Python's truth: empty texts, lists and maps are false. */
export function isTrue(value: RuntimeValue): boolean {
  const size = asList(value)?.length ?? asMap(value)?.size;
  return size === undefined ? Boolean(value.value) : size > 0;
}

/** What a loop goes through: items, keys, characters; nothing for what is undefined. */
export function itemsOf(value: RuntimeValue): readonly RuntimeValue[] {
  const list = asList(value);
  if (list) return list;
  const map = asMap(value);
  if (map && value.type !== 'NamespaceValue') return [...map.keys()].map(toRuntime);
  const text = asText(value);
  if (text !== undefined) return Array.from(text, toRuntime);
  if (isUndefined(value)) return [];
  throw new TypeError(`${nameOfType(value)} cannot be gone through`);
}

/** In Python's words. */
export function nameOfType(value: RuntimeValue | undefined): string {
  return typeNames[value?.type ?? 'UndefinedValue'] ?? 'an object';
}

const numeric: ReadonlySet<string> = new Set(['IntegerValue', 'FloatValue', 'BooleanValue']);

const typeNames: Readonly<Record<string, string>> = {
  StringValue: 'a str',
  IntegerValue: 'an int',
  FloatValue: 'a float',
  BooleanValue: 'a bool',
  ArrayValue: 'a list',
  TupleValue: 'a tuple',
  ObjectValue: 'a dict',
  NullValue: 'None',
  UndefinedValue: 'an undefined value',
};
