import type { JsonObject } from '@ferrum/interfaces';
import { choice, type Expression, nothing, optional, repeat, sequence, text } from './grammar.js';
import { writeJson } from './json-text.js';
import { isObject } from './merge-schemas.js';
import type { SchemaParts } from './schema-parts.js';
import { encodePointer } from './schema-pointer.js';
import { countIn, SchemaProblem } from './schema-problem.js';

/** Objects of a schema: its properties in their order, then additional ones. @throws SchemaProblem */
export function objectGrammar(schema: JsonObject, path: string, depth: number, parts: SchemaParts): Expression {
  const { properties = {}, required = [], additionalProperties = true, minProperties = 0, maxProperties } = schema;
  if (!isObject(properties)) throw new SchemaProblem(path, 'properties', '`properties` must be an object');
  if (!Array.isArray(required) || !required.every((name) => typeof name === 'string')) {
    throw new SchemaProblem(path, 'required', '`required` must be a list of texts');
  }
  const needed = new Set(required as readonly string[]);
  const [min, max] = [countIn(minProperties, path, 'minProperties'), countIn(maxProperties, path, 'maxProperties')];
  const names = [...new Set([...Object.keys(properties), ...needed])];
  const isOpen = additionalProperties !== false;
  // Names may repeat in what a model writes, so more than those that must be there cannot be counted on.
  if (min !== undefined && min > needed.size) {
    throw new SchemaProblem(
      path,
      'minProperties',
      '`minProperties` above the number of required properties is not supported; lower it or require more',
    );
  }
  if (max !== undefined && names.length > 0 && (isOpen || names.length > max)) {
    throw new SchemaProblem(
      path,
      'maxProperties',
      '`maxProperties` is not supported beside `properties` unless these are no more and `additionalProperties` is false',
    );
  }
  const { json, builder } = parts;
  const additional = isOpen
    ? json.member(json.keyBut(names), parts.schema(additionalProperties, `${path}/additionalProperties`, depth + 1))
    : nothing;
  const more = builder.define(additional);
  if (names.length === 0) {
    if (max === 0) return json.between('{', '}', text(''));
    const others = repeat(sequence(json.comma, more), 0, max === undefined ? undefined : max - 1);
    return json.between('{', '}', optional(sequence(more, others)));
  }
  // From the last property to the first: what may follow one, with and without a property before it.
  let after: Expression = isOpen ? builder.define(repeat(sequence(json.comma, more), 0)) : text('');
  let begin: Expression = isOpen ? builder.define(optional(sequence(more, after))) : text('');
  for (const name of [...names].reverse()) {
    const of = Object.hasOwn(properties, name) ? properties[name] : isOpen ? additionalProperties : false;
    const value = parts.schema(of, `${path}/properties/${encodePointer(name)}`, depth + 1);
    const member = builder.define(json.member(text(writeJson(name)), value));
    const next = sequence(json.comma, member, after);
    const first = sequence(member, after);
    begin = builder.define(needed.has(name) ? first : choice(first, begin));
    after = builder.define(needed.has(name) ? next : choice(next, after));
  }
  return json.between('{', '}', begin);
}
