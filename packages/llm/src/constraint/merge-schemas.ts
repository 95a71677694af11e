import type { JsonObject, JsonValue } from '@ferrum/interfaces';

/** Keywords that say nothing about which values are valid. */
export const annotations: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]);

/**
 * One schema in place of two that both hold.
 * @returns the keyword that keeps them from becoming one where there is such
 */
export function mergeSchemas(
  a: JsonObject,
  b: JsonObject,
): { readonly schema: JsonObject } | { readonly conflict: string } {
  const merged: Record<string, JsonValue> = { ...a };
  for (const [keyword, value] of Object.entries(b)) {
    const other = a[keyword];
    if (annotations.has(keyword) || other === undefined || JSON.stringify(other) === JSON.stringify(value)) {
      if (other === undefined || !annotations.has(keyword)) merged[keyword] = value;
    } else if (keyword === 'required' && Array.isArray(other) && Array.isArray(value)) {
      merged[keyword] = [...new Set([...other, ...value])];
    } else if (keyword === 'properties' && isObject(other) && isObject(value)) {
      const both = Object.keys(value).find(
        (name) => other[name] !== undefined && JSON.stringify(other[name]) !== JSON.stringify(value[name]),
      );
      if (both !== undefined) return { conflict: `properties.${both}` };
      merged[keyword] = { ...other, ...value };
    } else if (keyword === 'type') {
      const left = typesIn(other);
      const right = typesIn(value);
      merged[keyword] = left
        .filter((type) => right.includes(type) || (type === 'integer' && right.includes('number')))
        .concat(left.includes('number') && right.includes('integer') && !left.includes('integer') ? ['integer'] : []);
    } else if (lowerBounds.has(keyword) && typeof other === 'number' && typeof value === 'number') {
      merged[keyword] = Math.max(other, value);
    } else if (upperBounds.has(keyword) && typeof other === 'number' && typeof value === 'number') {
      merged[keyword] = Math.min(other, value);
    } else if (keyword === 'pattern' && !`${other}${value}`.includes('|')) {
      merged[keyword] = `^${ahead(`${other}`)}${ahead(`${value}`)}`;
    } else return { conflict: keyword };
  }
  // `additionalProperties` speaks of the properties beside it only.
  const closes = (schema: JsonObject): boolean =>
    schema.additionalProperties !== undefined && schema.additionalProperties !== true;
  if ((closes(a) && b.properties !== undefined) || (closes(b) && a.properties !== undefined)) {
    return { conflict: 'additionalProperties' };
  }
  if (
    (a.items !== undefined && b.prefixItems !== undefined) ||
    (b.items !== undefined && a.prefixItems !== undefined)
  ) {
    return { conflict: 'prefixItems' };
  }
  return { schema: merged };
}

const lowerBounds: ReadonlySet<string> = new Set(['minLength', 'minItems', 'minimum', 'exclusiveMinimum']);
const upperBounds: ReadonlySet<string> = new Set(['maxLength', 'maxItems', 'maximum', 'exclusiveMaximum']);

/** That a text matches a pattern, as a lookahead at its beginning. */
function ahead(pattern: string): string {
  if (/^(?:\^\(\?=.*\))$/.test(pattern)) return pattern.slice(1);
  return `(?=${pattern.startsWith('^') ? pattern.slice(1) : `[^]*${pattern}`})`;
}

export function typesIn(value: JsonValue | undefined): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((type) => typeof type === 'string');
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
