import type { JsonObject } from '@ferrum/interfaces';
import { type Expression, nothing, optional, repeat, sequence, text } from './grammar.js';
import type { SchemaParts } from './schema-parts.js';
import { countIn, SchemaProblem, unsupported } from './schema-problem.js';

/** Arrays of a schema. @throws SchemaProblem */
export function arrayGrammar(schema: JsonObject, path: string, depth: number, parts: SchemaParts): Expression {
  const { prefixItems = [], items = true } = schema;
  if (schema.uniqueItems === true) throw unsupported(path, 'uniqueItems');
  if (Array.isArray(items))
    throw new SchemaProblem(path, 'items', '`items` as a list is not supported; use `prefixItems`');
  if (!Array.isArray(prefixItems)) throw new SchemaProblem(path, 'prefixItems', '`prefixItems` must be a list');
  const min = countIn(schema.minItems, path, 'minItems') ?? 0;
  const max = countIn(schema.maxItems, path, 'maxItems');
  for (const [keyword, value] of [
    ['minItems', min],
    ['maxItems', max],
  ] as const) {
    if (value === undefined || value <= mostItems) continue;
    throw new SchemaProblem(
      path,
      keyword,
      `\`${keyword}\` above ${mostItems} is not supported; lower it or leave it out`,
    );
  }
  if (max !== undefined && max < min) return nothing;
  const { json, builder } = parts;
  const item = builder.define(parts.schema(items, `${path}/items`, depth + 1));
  const prefix = prefixItems.slice(0, max).map((one, i) => parts.schema(one, `${path}/prefixItems/${i}`, depth + 1));
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
    rest = builder.define(i >= min ? optional(one) : one);
  }
  return json.between('[', ']', rest);
}

const mostItems = 10_000;
