import type { JsonObject, JsonValue } from '@ferrum/interfaces';
import { areDisjoint } from './disjoint-schemas.js';
import { choice, type Expression, type GrammarBuilder, nothing, text } from './grammar.js';
import { JsonText, writeJson } from './json-text.js';
import { annotations, isObject, mergeSchemas, typesIn } from './merge-schemas.js';
import { arrayGrammar } from './schema-array.js';
import { numberGrammar } from './schema-number.js';
import { objectGrammar } from './schema-object.js';
import type { SchemaParts } from './schema-parts.js';
import { referenceTarget, withoutReferences } from './schema-pointer.js';
import { SchemaProblem, unsupported } from './schema-problem.js';
import { stringGrammar } from './schema-string.js';

/**
 * JSON texts that follow a JSON Schema (draft 2020-12). Properties come in the order of `properties`, then additional ones,
 * whose names are written without escapes. What is written is always valid; not all that is valid can be written.
 * @param path where the schema stands in a larger one, for errors
 * @throws SchemaProblem for a keyword that is not supported, a schema that is none, or too large a one
 */
export function schemaGrammar(schema: JsonObject, builder: GrammarBuilder, path = ''): Expression {
  let size = 0;
  try {
    size = JSON.stringify(schema).length;
  } catch (cause) {
    throw new SchemaProblem(path, undefined, `is no JSON: ${String(cause)}`);
  }
  if (size > largestSchema)
    throw new SchemaProblem(path, undefined, `has ${size} characters, more than ${largestSchema}`);
  return new SchemaReader(schema, builder, path).read();
}

const largestSchema = 256 * 1024;
const deepest = 64;
const mostParts = 20_000;
const allTypes = ['object', 'array', 'string', 'number', 'boolean', 'null'];

const supported = new Set([
  ...annotations,
  ...['type', 'enum', 'const', '$ref', 'anyOf', 'oneOf', 'allOf', 'properties', 'required', 'additionalProperties'],
  ...['minProperties', 'maxProperties', 'items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems'],
  ...['minLength', 'maxLength', 'pattern', 'format', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
]);

class SchemaReader implements SchemaParts {
  readonly json: JsonText;
  readonly #references = new Map<string, Expression>();
  #parts = 0;

  constructor(
    private readonly root: JsonObject,
    readonly builder: GrammarBuilder,
    private readonly path: string,
  ) {
    this.json = new JsonText(builder);
  }

  read(): Expression {
    return this.#reference('#', this.path);
  }

  schema(schema: JsonValue | undefined, path: string, depth: number): Expression {
    if (schema === true) return this.json.value;
    if (schema === false) return nothing;
    if (!isObject(schema)) throw new SchemaProblem(path, undefined, 'must be an object, true or false');
    if (depth > deepest) throw new SchemaProblem(path, undefined, `is nested more than ${deepest} deep`);
    this.#parts += 1;
    if (this.#parts > mostParts) throw new SchemaProblem(path, undefined, `has more than ${mostParts} parts`);
    for (const keyword of Object.keys(schema)) {
      if (!supported.has(keyword)) throw unsupported(path, keyword);
    }
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
        return objectGrammar(schema, path, depth, this);
      case 'array':
        return arrayGrammar(schema, path, depth, this);
      case 'string':
        return stringGrammar(schema, path, this);
      case 'boolean':
        return choice(text('true'), text('false'));
      case 'null':
        return text('null');
      default:
        return numberGrammar(schema, path, type === 'integer', this.json);
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
      const other = isPlain || b.$ref === undefined ? b : withoutReferences(this.root, b, at);
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
          branches.length > 1 && isObject(branch) && branch.$ref !== undefined
            ? withoutReferences(this.root, branch, path)
            : branch,
          `${path}/allOf/${i}`,
        );
      }
      return this.schema(all, path, depth + 1);
    }
    if (keyword === 'oneOf') this.#requireDisjoint(branches, path);
    return choice(
      ...branches.map((branch, i) => {
        const at = `${path}/${keyword}/${i}`;
        return this.schema(merge(base, branch, at), at, depth + 1);
      }),
    );
  }

  /** Branches of `oneOf` must exclude one another, which is seen by their types, or a constant property. */
  #requireDisjoint(branches: readonly JsonValue[], path: string): void {
    const schemas = branches.map((branch) =>
      isObject(branch) && branch.$ref !== undefined ? withoutReferences(this.root, branch, path) : branch,
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
    const merged = mergeSchemas(beside, withoutReferences(this.root, schema, path));
    if ('schema' in merged) return this.schema(merged.schema, path, depth + 1);
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
      this.schema(referenceTarget(this.root, reference, path), reference === '#' ? this.path : reference.slice(1), 0),
    );
    return rule;
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
}

function isOfType(value: JsonValue, type: string): boolean {
  if (type === 'integer') return typeof value === 'number' && Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  return type === 'object' ? isObject(value) : typeof value === type;
}
