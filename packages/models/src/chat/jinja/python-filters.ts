import { capitalize, methodOf, strip, titleCase } from './python-methods.js';
import { contains, equals } from './python-operators.js';
import { textOf } from './python-text.js';
import {
  asList,
  asMap,
  asNumber,
  asText,
  isNone,
  isTrue,
  isUndefined,
  itemsOf,
  listOf,
  nameOfType,
  type RuntimeFunction,
  type RuntimeMap,
  type RuntimeValue,
  toRuntime,
} from './runtime-value.js';

/** Jinja's filters that the interpreter lacks, or has only for some types. The first argument is what is filtered. */
export const pythonFilters: Readonly<Record<string, RuntimeFunction>> = {
  string: ([value = nothing]) => toRuntime(textOf(value)),
  upper: onText((text) => text.toUpperCase()),
  lower: onText((text) => text.toLowerCase()),
  capitalize: onText(capitalize),
  title: onText(titleCase),
  trim: ([value = nothing, characters], named) =>
    toRuntime(strip(textOf(value), characters ?? named.get('chars'), 'both')),
  replace: ([value = nothing, ...args], named) =>
    methodOf(toRuntime(textOf(value)), 'replace')?.(args, named, noVariables) ?? nothing,
  e: onText(escapeHtml),
  escape: onText(escapeHtml),
  list: ([value = nothing]) => listOf(itemsOf(value)),
  first: ([value = nothing]) => itemsOf(value).at(0) ?? nothing,
  last: ([value = nothing]) => itemsOf(value).at(-1) ?? nothing,
  length: ([value = nothing]) => toRuntime(itemsOf(value).length),
  count: ([value = nothing]) => toRuntime(itemsOf(value).length),
  items: ([value = nothing]) =>
    isUndefined(value) ? listOf([]) : (methodOf(value, 'items')?.([], none, noVariables) ?? fail(value)),
  default: fallBack,
  d: fallBack,
  join: ([value = nothing, separator], named) => {
    const attribute = named.get('attribute');
    const items = itemsOf(value).map((item) => textOf(attribute ? attributeOf(item, textOf(attribute)) : item));
    return toRuntime(items.join(textOf(separator ?? named.get('d') ?? nothing)));
  },
  map: ([value = nothing, filter, ...args], named) => {
    const attribute = asText(named.get('attribute'));
    if (attribute !== undefined) {
      const otherwise = named.get('default');
      const found = (item: RuntimeValue): RuntimeValue => attributeOf(item, attribute);
      return listOf(itemsOf(value).map((item) => (isUndefined(found(item)) ? (otherwise ?? nothing) : found(item))));
    }
    const name = asText(filter) ?? '';
    const apply = Object.hasOwn(pythonFilters, name) ? pythonFilters[name] : undefined;
    if (!apply) throw new TypeError(`map() does not know the filter "${name}"`);
    return listOf(itemsOf(value).map((item) => apply([item, ...args], none, noVariables)));
  },
  select: ([value = nothing, ...test]) => chosen(value, test, undefined, true),
  reject: ([value = nothing, ...test]) => chosen(value, test, undefined, false),
  selectattr: ([value = nothing, attribute, ...test]) => chosen(value, test, attribute, true),
  rejectattr: ([value = nothing, attribute, ...test]) => chosen(value, test, attribute, false),
};

/** Jinja's tests of a value, and of two. */
export const pythonTests: Readonly<Record<string, (value: RuntimeValue, other: RuntimeValue) => boolean>> = {
  defined: (value) => !isUndefined(value),
  undefined: (value) => isUndefined(value),
  none: isNone,
  string: (value) => asText(value) !== undefined,
  boolean: (value) => value.type === 'BooleanValue',
  true: (value) => value.type === 'BooleanValue' && value.value === true,
  false: (value) => value.type === 'BooleanValue' && value.value === false,
  number: (value) => asNumber(value) !== undefined,
  integer: (value) => value.type === 'IntegerValue',
  float: (value) => value.type === 'FloatValue',
  mapping: (value) => isDict(value),
  // What is undefined can be gone through, and has a length, in Jinja.
  iterable: (value) => isCollection(value) || isUndefined(value),
  sequence: (value) => isCollection(value) || isUndefined(value),
  eq: equals,
  equalto: equals,
  '==': equals,
  ne: (value, other) => !equals(value, other),
  '!=': (value, other) => !equals(value, other),
  in: (value, other) => contains(other, value),
};

const nothing = toRuntime(undefined);
const none: RuntimeMap = new Map();
/** Filters and methods look at none. */
const noVariables = new Map<string, unknown>();

function onText(change: (text: string) => string): RuntimeFunction {
  return ([value = nothing]) => toRuntime(change(textOf(value)));
}

function fallBack(args: readonly RuntimeValue[], named: RuntimeMap): RuntimeValue {
  const [value = nothing, otherwise = named.get('default_value') ?? toRuntime(''), also] = args;
  const alsoFalse = also ?? named.get('boolean');
  const isMissing = isUndefined(value) || (alsoFalse !== undefined && isTrue(alsoFalse) && !isTrue(value));
  return isMissing ? otherwise : value;
}

/** @param test its name, then what to compare with; truth where none is given */
function chosen(
  value: RuntimeValue,
  [test, other = nothing]: readonly RuntimeValue[],
  attribute: RuntimeValue | undefined,
  wanted: boolean,
): RuntimeValue {
  const name = asText(test);
  if (name !== undefined && !Object.hasOwn(pythonTests, name)) throw new TypeError(`the test "${name}" is not known`);
  const passes = (name === undefined ? undefined : pythonTests[name]) ?? isTrue;
  return listOf(
    itemsOf(value).filter((item) => passes(attribute ? attributeOf(item, textOf(attribute)) : item, other) === wanted),
  );
}

/** @param path names and indices, with dots between */
function attributeOf(value: RuntimeValue, path: string): RuntimeValue {
  return path
    .split('.')
    .reduce<RuntimeValue>((item, part) => asMap(item)?.get(part) ?? asList(item)?.at(Number(part)) ?? nothing, value);
}

function isDict(value: RuntimeValue): boolean {
  return asMap(value) !== undefined && value.type !== 'NamespaceValue';
}

function isCollection(value: RuntimeValue): boolean {
  return asText(value) !== undefined || asList(value) !== undefined || isDict(value);
}

function escapeHtml(text: string): string {
  return text
    .replace(/[&<>'"]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/&#(38|60|62);/g, namedEntity);
}

function namedEntity(_: string, code: string): string {
  return { '38': '&amp;', '60': '&lt;', '62': '&gt;' }[code] ?? '';
}

function fail(value: RuntimeValue): never {
  throw new TypeError(`${nameOfType(value)} has no items`);
}
