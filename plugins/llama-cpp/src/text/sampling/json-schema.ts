import type { JsonValue } from '@ferrum/interfaces';
import { invalid, unsupported } from '../invalid.js';

/** What the library makes a grammar of. Objects have all of their properties, in the order given, and no others. */
export type GrammarSchema =
  | { readonly type: 'boolean' | 'null' | 'number' | 'integer' }
  | {
      readonly type: 'string';
      readonly minLength?: number;
      readonly maxLength?: number;
      readonly format?: 'date-time' | 'time' | 'date';
    }
  | { readonly enum: readonly (string | number | boolean | null)[] }
  | { readonly oneOf: readonly GrammarSchema[]; readonly $defs?: Readonly<Record<string, GrammarSchema>> }
  | {
      readonly type: 'object';
      readonly properties: Readonly<Record<string, GrammarSchema>>;
      readonly additionalProperties: boolean | GrammarSchema;
    }
  | {
      readonly type: 'array';
      readonly items?: GrammarSchema;
      readonly prefixItems?: readonly GrammarSchema[];
      readonly minItems?: number;
      readonly maxItems?: number;
    }
  | { readonly $ref: string };

/**
 * A schema (JSON Schema 2020-12) in the library's terms: what a grammar of it allows is valid under the schema, though the
 * schema may allow more.
 * @throws FerrumError `Unsupported` naming a keyword that the grammar could not keep to, `RequestValidation` for no schema
 */
export function toGrammarSchema(schema: JsonValue): GrammarSchema {
  const root = objectAt(schema, '');
  const defs = Object.entries({ ...definitionsOf(root, 'definitions'), ...definitionsOf(root, '$defs') });
  const names: ReadonlySet<string> = new Set(defs.map(([name]) => name));
  const { $defs: _, definitions: __, ...own } = root;
  const budget = { left: mostParts };
  const converted = convert(own, { path: '', names, depth: 0, budget });
  if (defs.length === 0) return converted;
  const convertedDefs = defs.map(([name, def]) => {
    return [name, convert(def, { path: `.$defs.${name}`, names, depth: 0, budget })] as const;
  });
  return { oneOf: [converted], $defs: Object.fromEntries(convertedDefs) };
}

interface Place {
  /** From the root, for messages. */
  readonly path: string;
  /** Of the definitions. */
  readonly names: ReadonlySet<string>;
  readonly depth: number;
  /** Parts that the rest of the schema may have. */
  readonly budget: { left: number };
}

type Schema = Readonly<Record<string, JsonValue>>;

const parameter = 'sampling.responseFormat';
const mostLevels = 64;
/** Schemas and given values together; making the grammar of so many holds the event loop up for some 100 ms. */
const mostParts = 1000;
/** Characters of a name or a given value that weigh as much as a part. */
const charactersOfPart = 64;
/** `MAX_REPETITION_THRESHOLD` of llama.cpp (llama-grammar.cpp) is 2000 rules, and the library makes two for each time. */
const mostRepetitions = 999;

/** Keywords that say something about a value without limiting it. */
const annotations = [
  '$comment',
  '$id',
  '$schema',
  'default',
  'deprecated',
  'description',
  'examples',
  'readOnly',
  'title',
  'writeOnly',
];
const keywords: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'format'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  object: ['properties', 'required', 'additionalProperties'],
  number: [],
  integer: [],
  boolean: [],
  null: [],
};

function convert(value: JsonValue, place: Place): GrammarSchema {
  if (place.depth > mostLevels) throw invalid(`\`${parameter}\`: is more than ${mostLevels} levels deep`, parameter);
  spend(place, 1);
  const schema = objectAt(value, place.path);
  const { $ref, anyOf, oneOf, enum: values, const: constant } = schema;
  if ($ref !== undefined) return reference($ref, only(schema, ['$ref'], place), place);
  const alternatives = anyOf ?? oneOf;
  if (alternatives !== undefined) {
    only(schema, [anyOf ? 'anyOf' : 'oneOf'], place);
    const list = listAt(alternatives, place, anyOf ? 'anyOf' : 'oneOf');
    if (list.length === 0) throw nothingValid(place);
    return { oneOf: list.map((one, i) => convert(one, inside(place, `.${anyOf ? 'anyOf' : 'oneOf'}.${i}`))) };
  }
  if (values !== undefined || constant !== undefined) return enumeration(schema, place);
  const types = [schema.type ?? []].flat();
  if (types.length === 0) {
    only(schema, ['type'], place);
    throw cannot(place, 'a value of any type', 'give it a `type`');
  }
  only(schema, ['type', ...types.flatMap((type) => keywordsOf(type, place))], place);
  const converted = types.map((type) => ofType(String(type), schema, place));
  return converted.length === 1 ? (converted[0] as GrammarSchema) : { oneOf: converted };
}

function ofType(type: string, schema: Schema, place: Place): GrammarSchema {
  if (type === 'string') return string(schema, place);
  if (type === 'array') return array(schema, place);
  if (type === 'object') return object(schema, place);
  return { type: type as 'number' | 'integer' | 'boolean' | 'null' };
}

function string(schema: Schema, place: Place): GrammarSchema {
  const { format } = schema;
  const lengths = limits(schema, 'Length', place);
  requireSome(lengths, place);
  const { least: minLength, most: maxLength } = lengths;
  const given = {
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
  };
  if (format === undefined) return { type: 'string', ...given };
  if (format !== 'date-time' && format !== 'date' && format !== 'time') {
    throw cannot(place, `strings of the format ${JSON.stringify(format)}`, 'there are date-time, date and time');
  }
  if (Object.keys(given).length > 0) throw cannot(place, 'a format together with a length', 'leave out one of them');
  return { type: 'string', format };
}

function array(schema: Schema, place: Place): GrammarSchema {
  const { items, prefixItems } = schema;
  if (items === undefined && prefixItems === undefined) {
    throw cannot(place, 'a list of values of any type', 'give it `items`');
  }
  const prefix = prefixItems === undefined ? undefined : listAt(prefixItems, place, 'prefixItems');
  const first = prefix?.map((one, i) => convert(one, inside(place, `.prefixItems.${i}`)));
  // Items beyond a prefix that says nothing of them could be anything; it is allowed to have none.
  const isClosed = prefix !== undefined && (items === undefined || items === false);
  const { least: minItems, most } = limits(schema, 'Items', place);
  const maxItems = isClosed ? Math.min(most ?? prefix.length, prefix.length) : most;
  requireSome({ least: minItems, most: maxItems }, place);
  // The library would put the whole prefix there.
  const reached = first?.slice(0, maxItems);
  if (maxItems === 0) return { type: 'array', items: { type: 'null' }, maxItems };
  return {
    type: 'array',
    ...(items === undefined || items === false ? {} : { items: convert(items, inside(place, '.items')) }),
    ...(reached ? { prefixItems: reached } : {}),
    ...(minItems === undefined ? {} : { minItems }),
    ...(maxItems === undefined ? {} : { maxItems }),
  };
}

function object({ properties, required = [], additionalProperties = true }: Schema, place: Place): GrammarSchema {
  const known = properties === undefined ? {} : objectAt(properties, `${place.path}.properties`);
  const missing = listAt(required, place, 'required').find((name) => !Object.hasOwn(known, String(name)));
  if (missing !== undefined) throw cannot(place, `a required property ${String(missing)}`, 'list it in `properties`');
  const entries = Object.entries(known);
  const others = (): boolean | GrammarSchema => {
    // One could be named like a property; an object without any is as valid.
    if (entries.length > 0) return false;
    const isAny = typeof additionalProperties === 'boolean';
    return isAny ? additionalProperties : convert(additionalProperties, inside(place, '.additionalProperties'));
  };
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([name, property]) => {
        spend(place, name.length / charactersOfPart);
        return [name, convert(property, inside(place, `.properties.${name}`))];
      }),
    ),
    additionalProperties: others(),
  };
}

function enumeration(schema: Schema, place: Place): GrammarSchema {
  only(schema, ['enum', 'const', 'type'], place);
  const listed = schema.enum === undefined ? [] : listAt(schema.enum, place, 'enum');
  const all = schema.const === undefined ? listed : [schema.const];
  const types = [schema.type ?? []].flat();
  spend(place, all.length);
  const values: (string | number | boolean | null)[] = [];
  for (const value of all) {
    if (typeof value === 'object' && value !== null) throw cannot(place, 'lists and objects among given values', '');
    if (typeof value === 'string') spend(place, value.length / charactersOfPart);
    if (types.length === 0 || types.some((type) => isOf(value, type))) values.push(value);
  }
  if (values.length > 0) return { enum: values };
  throw nothingValid(place);
}

function isOf(value: string | number | boolean | null, type: JsonValue): boolean {
  if (type === 'integer') return Number.isInteger(value);
  return value === null ? type === 'null' : typeof value === type;
}

function reference($ref: JsonValue, _schema: Schema, place: Place): GrammarSchema {
  const name = /^#\/(?:\$defs|definitions)\/([^/~%]+)$/.exec(String($ref))?.[1];
  if (name === undefined) throw cannot(place, `the reference ${JSON.stringify($ref)}`, 'refer to #/$defs/NAME');
  if (!place.names.has(name)) {
    throw invalid(`\`${parameter}\`: there is no definition ${name}, which ${place.path} refers to`, parameter);
  }
  return { $ref: `#/$defs/${name}` };
}

function definitionsOf(root: Schema, keyword: '$defs' | 'definitions'): Schema {
  const definitions = root[keyword];
  return definitions === undefined ? {} : objectAt(definitions, `.${keyword}`);
}

function keywordsOf(type: JsonValue, place: Place): readonly string[] {
  const known = typeof type === 'string' && Object.hasOwn(keywords, type) ? keywords[type] : undefined;
  if (known) return known;
  throw invalid(`\`${parameter}\`: ${JSON.stringify(type)} at ${place.path || 'the root'} is no type`, parameter);
}

function only(schema: Schema, known: readonly string[], place: Place): Schema {
  const other = Object.keys(schema).find((key) => !known.includes(key) && !annotations.includes(key));
  if (other !== undefined) throw cannot(place, `the keyword ${other} beside ${known.join(', ')}`, '');
  return schema;
}

interface Limits {
  readonly least: number | undefined;
  readonly most: number | undefined;
}

function limits(schema: Schema, what: 'Length' | 'Items', place: Place): Limits {
  return { least: limit(schema, `min${what}`, place), most: limit(schema, `max${what}`, place) };
}

function limit(schema: Schema, keyword: string, place: Place): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    const message = `\`${parameter}\`: ${keyword} at ${place.path || 'the root'} must be a whole number from 0`;
    throw invalid(message, parameter);
  }
  if (value <= mostRepetitions) return value;
  throw cannot(place, `a ${keyword} of ${value}`, `llama.cpp counts to ${mostRepetitions}`);
}

function requireSome({ least = 0, most = least }: Limits, place: Place): void {
  if (least > most) throw nothingValid(place);
}

/** Keeps what a request costs before it has its turn within bounds. */
function spend({ budget }: Place, parts: number): void {
  budget.left -= parts;
  if (budget.left >= 0) return;
  const message = `\`${parameter}\`: the schema has more than ${mostParts} parts (schemas, given values, and ${charactersOfPart} characters of their texts each)`;
  throw invalid(message, parameter);
}

function nothingValid({ path }: Place) {
  return invalid(`\`${parameter}\`: no value is valid at ${path || 'the root'}`, parameter);
}

function inside(place: Place, step: string): Place {
  return { ...place, path: place.path + step, depth: place.depth + 1 };
}

function objectAt(value: JsonValue, path: string): Schema {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Schema;
  if (value === true) throw cannot({ path }, 'a value of any type', 'give it a `type`');
  throw invalid(`\`${parameter}\`: the schema at ${path || 'the root'} must be an object`, parameter);
}

function listAt(value: JsonValue, place: Place, keyword: string): readonly JsonValue[] {
  if (Array.isArray(value)) return value as readonly JsonValue[];
  throw invalid(`\`${parameter}\`: ${keyword} at ${place.path || 'the root'} must be a list`, parameter);
}

function cannot({ path }: Pick<Place, 'path'>, what: string, remedy: string) {
  const why = `has at ${path || 'the root'} ${what}, which no grammar is made of here`;
  return unsupported(parameter, remedy === '' ? why : `${why} (${remedy})`);
}
