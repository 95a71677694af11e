import { textOf } from './python-text.js';
import {
  asList,
  asMap,
  asNumber,
  asText,
  isNone,
  isUndefined,
  itemsOf,
  listOf,
  nameOfType,
  type RuntimeFunction,
  type RuntimeMap,
  type RuntimeValue,
  toRuntime,
} from './runtime-value.js';

type Arguments = readonly RuntimeValue[];

/**
 * A method of `str`, or of `dict` one of those that change nothing, as Python has them.
 * @returns undefined where the value has no such method here
 */
export function methodOf(value: RuntimeValue, name: string): RuntimeFunction | undefined {
  const text = asText(value);
  if (text !== undefined) {
    const method = Object.hasOwn(textMethods, name) ? textMethods[name] : undefined;
    return method && ((args, named) => method(text, args, named));
  }
  const map = value.type === 'ObjectValue' ? asMap(value) : undefined;
  const method = Object.hasOwn(mapMethods, name) ? mapMethods[name] : undefined;
  return map && method && ((args) => method(map, args));
}

/** Python's `str.strip(characters)` on the sides asked for; white space where none are given. */
export function strip(text: string, characters: RuntimeValue | undefined, side: 'left' | 'right' | 'both'): string {
  const given = isUndefined(characters) || isNone(characters) ? undefined : requireText(characters);
  const all = Array.from(text);
  const isOut = (character = ''): boolean =>
    given === undefined ? isSpace(character) : character !== '' && given.includes(character);
  let [start, end] = [0, all.length];
  if (side !== 'right') while (start < end && isOut(all[start])) start++;
  if (side !== 'left') while (end > start && isOut(all[end - 1])) end--;
  return all.slice(start, end).join('');
}

export function capitalize(text: string): string {
  const [first = '', ...rest] = text;
  return first.toUpperCase() + rest.join('').toLowerCase();
}

/** A capital where a letter follows what is none. */
export function titleCase(text: string): string {
  return text.replace(/\p{L}+/gu, capitalize);
}

type TextMethod = (text: string, args: Arguments, named: RuntimeMap) => RuntimeValue;

const onText =
  (change: (text: string) => string | boolean): TextMethod =>
  (text) =>
    toRuntime(change(text));

const textMethods: Readonly<Record<string, TextMethod>> = {
  strip: (text, [characters]) => toRuntime(strip(text, characters, 'both')),
  lstrip: (text, [characters]) => toRuntime(strip(text, characters, 'left')),
  rstrip: (text, [characters]) => toRuntime(strip(text, characters, 'right')),
  upper: onText((text) => text.toUpperCase()),
  lower: onText((text) => text.toLowerCase()),
  capitalize: onText(capitalize),
  title: onText(titleCase),
  isspace: onText((text) => text !== '' && Array.from(text).every(isSpace)),
  isdigit: onText((text) => /^\p{Nd}+$/u.test(text)),
  isalpha: onText((text) => /^\p{L}+$/u.test(text)),
  isalnum: onText((text) => /^[\p{L}\p{N}]+$/u.test(text)),
  isupper: onText((text) => text !== text.toLowerCase() && text === text.toUpperCase()),
  islower: onText((text) => text !== text.toUpperCase() && text === text.toLowerCase()),
  startswith: (text, [part]) => toRuntime(partsOf(part).some((one) => text.startsWith(one))),
  endswith: (text, [part]) => toRuntime(partsOf(part).some((one) => text.endsWith(one))),
  removeprefix: (text, [part]) => {
    const prefix = requireText(part);
    return toRuntime(text.startsWith(prefix) ? text.slice(prefix.length) : text);
  },
  removesuffix: (text, [part]) => {
    const suffix = requireText(part);
    return toRuntime(suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text);
  },
  find: (text, [part]) => toRuntime(codePointsBefore(text, text.indexOf(requireText(part)))),
  rfind: (text, [part]) => toRuntime(codePointsBefore(text, text.lastIndexOf(requireText(part)))),
  count: (text, [part]) => {
    const wanted = requireText(part);
    return toRuntime(wanted === '' ? Array.from(text).length + 1 : text.split(wanted).length - 1);
  },
  join: (text, [items]) =>
    toRuntime(
      itemsOf(items ?? toRuntime(undefined))
        .map(requireText)
        .join(text),
    ),
  splitlines: (text) => {
    const lines = text.split(lineEnd);
    return toRuntime(lines.at(-1) === '' ? lines.slice(0, -1) : lines);
  },
  split: (text, [separator, most], named) =>
    toRuntime(split(text, separator ?? named.get('sep'), most ?? named.get('maxsplit'))),
  rsplit: (text, [separator, most], named) =>
    toRuntime(splitFromEnd(text, separator ?? named.get('sep'), most ?? named.get('maxsplit'))),
  partition: (text, [separator]) => cut(text, text.indexOf(requireText(separator)), requireText(separator)),
  rpartition: (text, [separator]) => {
    const index = text.lastIndexOf(requireText(separator));
    return index < 0 ? toRuntime(['', '', text]) : cut(text, index, requireText(separator));
  },
  replace: (text, [from, to, most], named) => {
    const count = asNumber(most ?? named.get('count')) ?? -1;
    const parts = requireText(from) === '' ? ['', ...Array.from(text), ''] : text.split(requireText(from));
    const kept = count < 0 ? parts.length - 1 : Math.min(count, parts.length - 1);
    const tail = parts.slice(kept).join(requireText(from));
    return toRuntime([...parts.slice(0, kept), tail].join(requireText(to)));
  },
};

const mapMethods: Readonly<Record<string, (map: RuntimeMap, args: Arguments) => RuntimeValue>> = {
  // Pairs are lists, not tuples: the interpreter's loops take apart nothing else.
  items: (map) => listOf([...map].map(([key, value]) => listOf([toRuntime(key), value]))),
  keys: (map) => toRuntime([...map.keys()]),
  values: (map) => listOf([...map.values()]),
  get: (map, [key, otherwise]) => {
    const name = asText(key);
    return (name === undefined ? undefined : map.get(name)) ?? otherwise ?? toRuntime(null);
  },
};

function requireText(value: RuntimeValue | undefined): string {
  const text = asText(value);
  if (text === undefined) throw new TypeError(`expected a str, not ${nameOfType(value)}`);
  return text;
}

function partsOf(value: RuntimeValue | undefined): readonly string[] {
  return asList(value)?.map(requireText) ?? [requireText(value)];
}

function split(text: string, separator: RuntimeValue | undefined, most: RuntimeValue | undefined): string[] {
  const limit = asNumber(most) ?? -1;
  if (!isUndefined(separator) && !isNone(separator)) {
    const by = requireText(separator);
    if (by === '') throw new TypeError('the separator is empty');
    const parts = text.split(by);
    return limit < 0 || parts.length <= limit ? parts : [...parts.slice(0, limit), parts.slice(limit).join(by)];
  }
  const parts: string[] = [];
  let rest = strip(text, undefined, 'left');
  while (rest !== '' && (limit < 0 || parts.length < limit)) {
    const word = firstWord.exec(rest)?.[0] ?? rest;
    parts.push(word);
    rest = strip(rest.slice(word.length), undefined, 'left');
  }
  return rest === '' ? parts : [...parts, rest];
}

function splitFromEnd(text: string, separator: RuntimeValue | undefined, most: RuntimeValue | undefined): string[] {
  const limit = asNumber(most) ?? -1;
  const parts = split(text, separator, undefined);
  if (limit < 0 || parts.length <= limit + 1) return parts;
  if (isUndefined(separator) || isNone(separator)) throw new TypeError('rsplit needs a separator to split so often');
  const kept = parts.length - limit;
  return [parts.slice(0, kept).join(textOf(separator ?? toRuntime(''))), ...parts.slice(kept)];
}

function cut(text: string, index: number, separator: string): RuntimeValue {
  if (separator === '') throw new TypeError('the separator is empty');
  const parts = index < 0 ? [text, '', ''] : [text.slice(0, index), separator, text.slice(index + separator.length)];
  return toRuntime(parts);
}

function codePointsBefore(text: string, index: number): number {
  return index < 0 ? -1 : Array.from(text.slice(0, index)).length;
}

/** `str.isspace`, which takes U+001C to U+001F and U+0085 for white space, but not U+FEFF. */
function isSpace(character: string): boolean {
  return space.test(character);
}

const lineEnds = '\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029';
const lineEnd = new RegExp(`\\r\\n|[${lineEnds}]`);
const spaces = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const space = new RegExp(`^[${spaces}]$`);
const firstWord = new RegExp(`^[^${spaces}]+`);
