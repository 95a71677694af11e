import { textOf } from './python-text.js';
import {
  asList,
  asMap,
  asNumber,
  asText,
  floatOf,
  isUndefined,
  itemsOf,
  listOf,
  nameOfType,
  type RuntimeValue,
  toRuntime,
} from './runtime-value.js';

/** Operators whose meaning in Python differs from the interpreter's own, by how they are written. */
export const pythonOperators: Readonly<Record<string, (left: RuntimeValue, right: RuntimeValue) => RuntimeValue>> = {
  '+': add,
  '~': (left, right) => toRuntime(textOf(left) + textOf(right)),
  '==': (left, right) => toRuntime(equals(left, right)),
  '!=': (left, right) => toRuntime(!equals(left, right)),
  in: (left, right) => toRuntime(contains(right, left)),
  'not in': (left, right) => toRuntime(!contains(right, left)),
};

/** By value: numbers and booleans as numbers, lists and maps by what they hold. */
export function equals(left: RuntimeValue | undefined, right: RuntimeValue | undefined): boolean {
  if (left === undefined || right === undefined || isUndefined(left)) return isUndefined(left) && isUndefined(right);
  const number = asNumber(left);
  if (number !== undefined) return number === asNumber(right);
  const list = asList(left);
  if (list) {
    const other = asList(right);
    return other?.length === list.length && list.every((item, index) => equals(item, other[index]));
  }
  const map = asMap(left);
  if (map) {
    const other = asMap(right);
    return other?.size === map.size && [...map].every(([key, item]) => other.has(key) && equals(item, other.get(key)));
  }
  return left.type === right.type && left.value === right.value;
}

export function contains(container: RuntimeValue, value: RuntimeValue): boolean {
  const text = asText(container);
  if (text === undefined) return itemsOf(container).some((item) => equals(item, value));
  const part = asText(value);
  if (part === undefined) throw new TypeError(`a str cannot contain ${nameOfType(value)}`);
  return text.includes(part);
}

function add(left: RuntimeValue, right: RuntimeValue): RuntimeValue {
  const [a, b] = [asNumber(left), asNumber(right)];
  if (a !== undefined && b !== undefined) {
    return left.type === 'FloatValue' || right.type === 'FloatValue' ? floatOf(a + b) : toRuntime(a + b);
  }
  const [text, more] = [asText(left), asText(right)];
  if (text !== undefined && more !== undefined) return toRuntime(text + more);
  const [list, others] = [asList(left), asList(right)];
  if (list && others) return listOf([...list, ...others]);
  throw new TypeError(`${nameOfType(left)} and ${nameOfType(right)} cannot be added`);
}
