import type { JsonObject, JsonValue } from '@ferrum/interfaces';
import { choice, type Expression, type GrammarBuilder, nothing, optional, repeat, sequence, text } from './grammar.js';
import { JsonText, jsonWriting } from './json-text.js';
import { annotations, isObject, mergeSchemas, typesIn } from './merge-schemas.js';
import { decimalsBetween, integersBetween, numbersBetween } from './number-range.js';
import { PatternProblem, regexGrammar } from './regex-grammar.js';
import { stringFormats } from './string-formats.js';

/** Says what is wrong with a schema, and where in it: a JSON Pointer. */
export class SchemaProblem extends Error {
  constructor(
    readonly path: string,
    readonly keyword: string | undefined,
    problem: string,
  ) {
    super(`${path === '' ? 'the schema' : `at ${path}:`} ${problem}`);
  }
}

/**
 * JSON texts that follow a JSON Schema (draft 2020-12). Properties come in the order of `properties`, then additional ones,
 * whose names are written without escapes. What is written is always valid; not all that is valid can be written.
 * @throws SchemaProblem for a keyword that is not supported, a schema that is none, or too large a one
 */
export function schemaGrammar(schema: JsonObject, builder: GrammarBuilder): Expression {
  let size = 0;
  try {
    size = JSON.stringify(schema).length;
  } catch (cause) {
    throw new SchemaProblem('', undefined, `is no JSON: ${String(cause)}`);
  }
  if (size > largestSchema)
    throw new SchemaProblem('', undefined, `has ${size} characters, more than ${largestSchema}`);
  return new SchemaReader(schema, builder).read();
}

const largestSchema = 256 * 1024;
const deepest = 64;
const mostParts = 20_000;
const allTypes = ['object', 'array', 'string', 'number', 'boolean', 'null'];
const largestNumber = 10n ** 15n - 1n;

const supported = new Set([
  ...annotations,
  ...['type', 'enum', 'const', '$ref', 'anyOf', 'oneOf', 'allOf', 'properties', 'required', 'additionalProperties'],
  ...['minProperties', 'maxProperties', 'items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems'],
  ...['minLength', 'maxLength', 'pattern', 'format', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
]);

class SchemaReader {
  readonly #json: JsonText;
  readonly #references = new Map<string, Expression>();
  #parts = 0;

  constructor(
    private readonly root: JsonObject,
    private readonly builder: GrammarBuilder,
  ) {
    this.#json = new JsonText(builder);
  }

  read(): Expression {
    return this.#reference('#', '');
  }

  #schema(schema: JsonValue | undefined, path: string, depth: number): Expression {
    if (schema === true) return this.#json.value;
    if (schema === false) return nothing;
    if (!isObject(schema)) throw new SchemaProblem(path, undefined, 'must be an object, true or false');
    if (depth > deepest) throw new SchemaProblem(path, undefined, `is nested more than ${deepest} deep`);
    this.#parts += 1;
    if (this.#parts > mostParts) throw new SchemaProblem(path, undefined, `has more than ${mostParts} parts`);
    for (const keyword of Object.keys(schema)) {
      if (!supported.has(keyword)) throw unsupported(path, keyword);
    }
    if (schema.uniqueItems === true) throw unsupported(path, 'uniqueItems');
    for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
      if (schema[keyword] !== undefined) return this.#combined(schema, keyword, path, depth);
    }
    if (schema.$ref !== undefined) return this.#referenced(schema, path, depth);
    if (schema.enum !== undefined || schema.const !== undefined) return this.#listed(schema, path);
    return choice(...this.#types(schema, path).map((type) => this.#typed(type, schema, path, depth)));
  }

  #types(schema: JsonObject, path: string): readonly string[] {
    if (schema.type === undefined) return allTypes;
    const types = typesIn(schema.type);
    const foreign = types.find((type) => type !== 'integer' && !allTypes.includes(type));
    if (foreign !== undefined)
      throw new SchemaProblem(path, 'type', `\`type\` is "${foreign}", which JSON Schema does not know`);
    if (types.length === 0 && !(Array.isArray(schema.type) && schema.type.length === 0)) {
      throw new SchemaProblem(path, 'type', '`type` must be a name or a list of names');
    }
    return types;
  }

  #typed(type: string, schema: JsonObject, path: string, depth: number): Expression {
    switch (type) {
      case 'object':
        return this.#object(schema, path, depth);
      case 'array':
        return this.#array(schema, path, depth);
      case 'string':
        return this.#string(schema, path);
      case 'boolean':
        return choice(text('true'), text('false'));
      case 'null':
        return text('null');
      default:
        return this.#number(schema, path, type === 'integer');
    }
  }

  #combined(schema: JsonObject, keyword: 'allOf' | 'anyOf' | 'oneOf', path: string, depth: number): Expression {
    const { [keyword]: branches, ...base } = schema;
    if (!Array.isArray(branches) || branches.length === 0) {
      throw new SchemaProblem(path, keyword, `\`${keyword}\` must be a list with at least one schema`);
    }
    const merge = (a: JsonObject, b: JsonValue, at: string): JsonObject | boolean => {
      if (b === true) return a;
      if (b === false) return false;
      if (!isObject(b)) throw new SchemaProblem(at, undefined, 'must be an object, true or false');
      const isPlain = Object.keys(a).every((key) => annotations.has(key));
      const other = isPlain || b.$ref === undefined ? b : this.#inlined(b, at);
      const merged = mergeSchemas(a, other);
      if ('schema' in merged) return merged.schema;
      throw new SchemaProblem(
        at,
        keyword,
        `cannot be combined with what stands beside it: both have \`${merged.conflict}\``,
      );
    };
    if (keyword === 'allOf') {
      let all: JsonObject | boolean = base;
      for (const [i, branch] of branches.entries()) {
        if (typeof all === 'boolean') break;
        all = merge(
          all,
          branches.length > 1 && isObject(branch) && branch.$ref !== undefined ? this.#inlined(branch, path) : branch,
          `${path}/allOf/${i}`,
        );
      }
      return this.#schema(all, path, depth + 1);
    }
    if (keyword === 'oneOf') this.#requireDisjoint(branches, path);
    return choice(
      ...branches.map((branch, i) => {
        const at = `${path}/${keyword}/${i}`;
        return this.#schema(merge(base, branch, at), at, depth + 1);
      }),
    );
  }

  /** Branches of `oneOf` must exclude one another, which is seen by their types, or a constant property. */
  #requireDisjoint(branches: readonly JsonValue[], path: string): void {
    const schemas = branches.map((branch) =>
      isObject(branch) && branch.$ref !== undefined ? this.#inlined(branch, path) : branch,
    );
    for (let i = 0; i < schemas.length; i++) {
      for (let j = 0; j < i; j++) {
        const [a, b] = [schemas[i], schemas[j]];
        if (a === false || b === false || (isObject(a) && isObject(b) && areDisjoint(a, b))) continue;
        throw new SchemaProblem(
          path,
          'oneOf',
          `\`oneOf\` is not supported where branches ${j} and ${i} may both hold; give them different types or a required property with different constants, or use \`anyOf\``,
        );
      }
    }
  }

  #referenced(schema: JsonObject, path: string, depth: number): Expression {
    const { $ref, ...beside } = schema;
    if (typeof $ref !== 'string') throw new SchemaProblem(path, '$ref', '`$ref` must be a text');
    if (Object.keys(beside).every((keyword) => annotations.has(keyword))) return this.#reference($ref, path);
    const merged = mergeSchemas(beside, this.#inlined(schema, path));
    if ('schema' in merged) return this.#schema(merged.schema, path, depth + 1);
    throw new SchemaProblem(
      path,
      '$ref',
      `\`$ref\` cannot be combined with what stands beside it: both have \`${merged.conflict}\``,
    );
  }

  #reference(reference: string, path: string): Expression {
    const known = this.#references.get(reference);
    if (known) return known;
    const rule = this.builder.reserve();
    this.#references.set(reference, rule);
    // A reference that leads only to itself has no text, so it is found to have no finite value.
    this.builder.rules.set(
      rule.name,
      this.#schema(this.#target(reference, path), reference === '#' ? '' : reference.slice(1), 0),
    );
    return rule;
  }

  /** What a chain of references leads to, as a schema. */
  #inlined(schema: JsonObject, path: string): JsonObject {
    let found: JsonValue = schema;
    for (let steps = 0; isObject(found) && typeof found.$ref === 'string'; steps++) {
      if (steps > deepest) throw new SchemaProblem(path, '$ref', '`$ref` leads in a circle');
      found = this.#target(found.$ref, path);
    }
    if (isObject(found)) return found;
    return found === true ? {} : { enum: [] };
  }

  #target(reference: string, path: string): JsonValue {
    if (reference !== '#' && !reference.startsWith('#/')) {
      throw new SchemaProblem(
        path,
        '$ref',
        `\`$ref\` "${reference}" is not supported; it must point into the schema itself: \`#/$defs/…\``,
      );
    }
    let found: JsonValue | undefined = this.root;
    for (const part of reference.split('/').slice(1)) {
      const key = decodePointer(part);
      if (Array.isArray(found)) found = found[Number(key)];
      else found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
    }
    if (found === undefined) throw new SchemaProblem(path, '$ref', `\`$ref\` "${reference}" points to nothing`);
    return found;
  }

  /** Values that are given. Whatever else the schema says must hold for them too, which is only looked at for types. */
  #listed(schema: JsonObject, path: string): Expression {
    const isEnum = schema.enum !== undefined;
    if (isEnum && !Array.isArray(schema.enum)) throw new SchemaProblem(path, 'enum', '`enum` must be a list');
    const given = isEnum ? (schema.enum as readonly JsonValue[]) : [schema.const as JsonValue];
    for (const keyword of Object.keys(schema)) {
      if (['enum', 'const', 'type'].includes(keyword) || annotations.has(keyword)) continue;
      throw new SchemaProblem(
        path,
        keyword,
        `\`${keyword}\` beside \`${isEnum ? 'enum' : 'const'}\` is not supported; leave it out`,
      );
    }
    const types = schema.type === undefined ? undefined : this.#types(schema, path);
    const constant = isEnum && schema.const !== undefined ? JSON.stringify(schema.const) : undefined;
    const values = given.filter(
      (value) =>
        (!types || types.some((type) => isOfType(value, type))) &&
        (constant === undefined || constant === JSON.stringify(value)),
    );
    return choice(...values.map((value) => text(writeJson(value))));
  }

  #object(schema: JsonObject, path: string, depth: number): Expression {
    const { properties = {}, required = [], additionalProperties = true, minProperties = 0, maxProperties } = schema;
    if (!isObject(properties)) throw new SchemaProblem(path, 'properties', '`properties` must be an object');
    if (!Array.isArray(required) || !required.every((name) => typeof name === 'string')) {
      throw new SchemaProblem(path, 'required', '`required` must be a list of texts');
    }
    const needed = new Set(required as readonly string[]);
    const [min, max] = [count(minProperties, path, 'minProperties'), count(maxProperties, path, 'maxProperties')];
    const names = [...new Set([...Object.keys(properties), ...needed])];
    const isOpen = additionalProperties !== false;
    // Names may repeat in what a model writes, so more than those that must be there cannot be counted on.
    if (min !== undefined && min > needed.size) {
      throw new SchemaProblem(
        path,
        'minProperties',
        '`minProperties` above the number of required properties is not supported',
      );
    }
    if (max !== undefined && names.length > 0 && (isOpen || names.length > max)) {
      throw new SchemaProblem(path, 'maxProperties', '`maxProperties` beside `properties` is not supported');
    }
    const json = this.#json;
    const additional = isOpen
      ? json.member(json.keyBut(names), this.#schema(additionalProperties, `${path}/additionalProperties`, depth + 1))
      : nothing;
    const more = this.builder.define(additional);
    if (names.length === 0) {
      if (max === 0) return json.between('{', '}', text(''));
      return json.between(
        '{',
        '}',
        optional(sequence(more, repeat(sequence(json.comma, more), 0, max === undefined ? undefined : max - 1))),
      );
    }
    // From the last property to the first: what may follow one, with and without a property before it.
    let after: Expression = isOpen ? this.builder.define(repeat(sequence(json.comma, more), 0)) : text('');
    let begin: Expression = isOpen ? this.builder.define(optional(sequence(more, after))) : text('');
    for (const name of [...names].reverse()) {
      const of = Object.hasOwn(properties, name) ? properties[name] : isOpen ? additionalProperties : false;
      const value = this.#schema(of, `${path}/properties/${encodePointer(name)}`, depth + 1);
      const member = this.builder.define(json.member(text(writeJson(name)), value));
      const next = sequence(json.comma, member, after);
      const first = sequence(member, after);
      begin = this.builder.define(needed.has(name) ? first : choice(first, begin));
      after = this.builder.define(needed.has(name) ? next : choice(next, after));
    }
    return json.between('{', '}', begin);
  }

  #array(schema: JsonObject, path: string, depth: number): Expression {
    const { prefixItems = [], items = true } = schema;
    if (Array.isArray(items))
      throw new SchemaProblem(path, 'items', '`items` as a list is not supported; use `prefixItems`');
    if (!Array.isArray(prefixItems)) throw new SchemaProblem(path, 'prefixItems', '`prefixItems` must be a list');
    const min = count(schema.minItems, path, 'minItems') ?? 0;
    const max = count(schema.maxItems, path, 'maxItems');
    if (Math.max(min, max ?? 0) > mostItems) {
      throw new SchemaProblem(
        path,
        max === undefined ? 'minItems' : 'maxItems',
        `more than ${mostItems} items are not supported`,
      );
    }
    if (max !== undefined && max < min) return nothing;
    const json = this.#json;
    const item = this.builder.define(this.#schema(items, `${path}/items`, depth + 1));
    const prefix = prefixItems.slice(0, max).map((one, i) => this.#schema(one, `${path}/prefixItems/${i}`, depth + 1));
    const others = (from: number): Expression =>
      repeat(sequence(json.comma, item), Math.max(0, min - from), max === undefined ? undefined : max - from);
    if (max === 0) return json.between('[', ']', text(''));
    if (prefix.length === 0) {
      const list = sequence(item, others(1));
      return json.between('[', ']', min === 0 ? optional(list) : list);
    }
    let rest: Expression = others(prefix.length);
    for (let i = prefix.length - 1; i >= 0; i--) {
      const one = sequence(...(i > 0 ? [json.comma] : []), prefix[i] ?? nothing, rest);
      rest = this.builder.define(i >= min ? optional(one) : one);
    }
    return json.between('[', ']', rest);
  }

  #string(schema: JsonObject, path: string): Expression {
    const { pattern, format } = schema;
    const min = count(schema.minLength, path, 'minLength') ?? 0;
    const max = count(schema.maxLength, path, 'maxLength');
    if (Math.max(min, max ?? 0) > longestString) {
      throw new SchemaProblem(
        path,
        max === undefined ? 'minLength' : 'maxLength',
        `a length limit above ${longestString} is not supported; leave it out`,
      );
    }
    if (pattern === undefined && format === undefined) return this.#json.stringOf(min, max);
    const beside =
      pattern !== undefined && format !== undefined
        ? 'format'
        : min > 0
          ? 'minLength'
          : max !== undefined
            ? 'maxLength'
            : undefined;
    if (beside)
      throw new SchemaProblem(
        path,
        beside,
        `\`${beside}\` beside \`${pattern === undefined ? 'format' : 'pattern'}\` is not supported; leave one out`,
      );
    if (format !== undefined && (typeof format !== 'string' || !Object.hasOwn(stringFormats, format))) {
      throw new SchemaProblem(
        path,
        'format',
        `\`format\` ${JSON.stringify(format)} is not supported; there are ${Object.keys(stringFormats).join(', ')}`,
      );
    }
    if (pattern !== undefined && typeof pattern !== 'string')
      throw new SchemaProblem(path, 'pattern', '`pattern` must be a text');
    try {
      const source = pattern ?? (stringFormats[format as string] as string);
      return sequence(text('"'), this.builder.define(regexGrammar(source, false, jsonWriting)), text('"'));
    } catch (cause) {
      if (cause instanceof PatternProblem) throw new SchemaProblem(path, 'pattern', `\`pattern\` ${cause.message}`);
      throw cause;
    }
  }

  #number(schema: JsonObject, path: string, isInteger: boolean): Expression {
    const bound = (keyword: string): number | undefined => {
      const value = schema[keyword];
      if (value === undefined || (typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 1e15))
        return value;
      throw new SchemaProblem(path, keyword, `\`${keyword}\` must be a number of less than 15 digits`);
    };
    const [low, high] = [bound('minimum'), bound('maximum')];
    const [above, below] = [bound('exclusiveMinimum'), bound('exclusiveMaximum')];
    if ([low, high, above, below].every((value) => value === undefined)) {
      return isInteger ? integersBetween(-largestNumber, largestNumber) : this.#json.number;
    }
    const unitsBetween = (decimals: number): readonly [bigint, bigint] => {
      const from = [
        low === undefined ? -largestNumber : ceil(low, decimals),
        ...(above === undefined ? [] : [floor(above, decimals) + 1n]),
      ];
      const to = [
        high === undefined ? largestNumber : floor(high, decimals),
        ...(below === undefined ? [] : [ceil(below, decimals) - 1n]),
      ];
      return [from.reduce((a, b) => (a > b ? a : b)), to.reduce((a, b) => (a < b ? a : b))];
    };
    const [from, to] = unitsBetween(0);
    if (isInteger) return integersBetween(from, to);
    const given = [low, high, above, below].filter((value) => value !== undefined);
    const isWhole = given.every(Number.isInteger);
    if (isWhole && from <= to) return numbersBetween(from, to);
    const decimals = Math.min(12, Math.max(...given.map(decimalsOf)) + 1);
    if (Math.max(...given.map(Math.abs)) >= 1e6 || decimals > 9) {
      throw new SchemaProblem(path, 'minimum', 'a bound with so many digits is not supported; round it');
    }
    return decimalsBetween(...unitsBetween(decimals), decimals);
  }
}

const mostItems = 500;
const longestString = 1000;

function unsupported(path: string, keyword: string): SchemaProblem {
  return new SchemaProblem(path, keyword, `uses \`${keyword}\`, which is not supported; leave it out`);
}

function count(value: JsonValue | undefined, path: string, keyword: string): number | undefined {
  if (value === undefined || (typeof value === 'number' && Number.isInteger(value) && value >= 0)) return value;
  throw new SchemaProblem(path, keyword, `\`${keyword}\` must be a whole number from 0`);
}

function decimalsOf(value: number): number {
  const [, digits = '', exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  return Math.max(0, digits.length - Number(exponent));
}

/** In units of so many decimals, exactly: a bound's own digits are what was meant. */
function floor(value: number, decimals: number): bigint {
  const own = decimalsOf(value);
  const units = BigInt(Math.round(value * 10 ** own));
  if (own <= decimals) return units * 10n ** BigInt(decimals - own);
  const divisor = 10n ** BigInt(own - decimals);
  const quotient = units / divisor;
  return units < 0n && quotient * divisor !== units ? quotient - 1n : quotient;
}

function ceil(value: number, decimals: number): bigint {
  return -floor(-value, decimals);
}

function areDisjoint(a: JsonObject, b: JsonObject): boolean {
  const [listA, listB] = [valuesOf(a), valuesOf(b)];
  if (listA && listB) return !listA.some((value) => listB.includes(value));
  if (a.type !== undefined && b.type !== undefined) {
    const widen = (types: readonly string[]): readonly string[] =>
      types.map((type) => (type === 'integer' ? 'number' : type));
    const [left, right] = [widen(typesIn(a.type)), widen(typesIn(b.type))];
    if (!left.some((type) => right.includes(type))) return true;
    const isObjects = [...left, ...right].every((type) => type === 'object');
    if (!isObjects || !isObject(a.properties) || !isObject(b.properties)) return false;
    const required = (schema: JsonObject): readonly JsonValue[] =>
      Array.isArray(schema.required) ? schema.required : [];
    for (const [name, left] of Object.entries(a.properties)) {
      const right = Object.hasOwn(b.properties, name) ? b.properties[name] : undefined;
      if (!required(a).includes(name) || !required(b).includes(name) || !isObject(left) || !isObject(right)) continue;
      if (areDisjoint(left, right)) return true;
    }
  }
  return false;
}

function valuesOf(schema: JsonObject): readonly string[] | undefined {
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  return Array.isArray(schema.enum) ? schema.enum.map((value) => JSON.stringify(value)) : undefined;
}

function isOfType(value: JsonValue, type: string): boolean {
  if (type === 'integer') return typeof value === 'number' && Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  return type === 'object' ? isObject(value) : typeof value === type;
}

/** The last plane's characters are escaped: as they are they stand for special tokens. */
function writeJson(value: JsonValue): string {
  return JSON.stringify(value).replace(/[\u{100000}-\u{10FFFF}]/gu, (one) =>
    Array.from({ length: 2 }, (_, i) => `\\u${one.charCodeAt(i).toString(16)}`).join(''),
  );
}

function decodePointer(part: string): string {
  let decoded = part;
  try {
    decoded = decodeURIComponent(part);
  } catch {
    // Not percent-encoded then.
  }
  return decoded.replaceAll('~1', '/').replaceAll('~0', '~');
}

function encodePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
