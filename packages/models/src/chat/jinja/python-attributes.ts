import { methodOf } from './python-methods.js';
import {
  asList,
  asMap,
  asNumber,
  asText,
  functionOf,
  isUndefined,
  type RuntimeValue,
  toRuntime,
} from './runtime-value.js';

/** `value.name`: a method before a key of the same name, as in Python; a JSON schema has `items`. */
export function attributeOf(value: RuntimeValue, name: string): RuntimeValue {
  requireDefined(value, name);
  const method = methodOf(value, name);
  return (method ? functionOf(method) : asMap(value)?.get(name)) ?? toRuntime(undefined);
}

/** `value[index]`: a key before a method of the same name. What is not there is undefined. */
export function itemOf(value: RuntimeValue, index: RuntimeValue): RuntimeValue {
  const name = asText(index);
  requireDefined(value, name ?? String(index.value));
  if (name !== undefined) return asMap(value)?.get(name) ?? attributeOf(value, name);
  const position = asNumber(index);
  const text = asText(value);
  const list = asList(value) ?? (text === undefined ? undefined : Array.from(text, toRuntime));
  return (position === undefined ? undefined : list?.at(position)) ?? toRuntime(undefined);
}

function requireDefined(value: RuntimeValue, name: string): void {
  if (isUndefined(value)) throw new TypeError(`"${name}" is asked of an undefined value`);
}
