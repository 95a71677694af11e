import type { JsonObject, JsonValue } from '@ferrum/interfaces';
import { isObject, typesIn } from './merge-schemas.js';

/** Whether no value follows both, as far as types, given values and constant properties tell. */
export function areDisjoint(a: JsonObject, b: JsonObject): boolean {
  const [listA, listB] = [valuesOf(a), valuesOf(b)];
  if (listA && listB) return !listA.some((value) => listB.includes(value));
  if (a.type === undefined || b.type === undefined) return false;
  const [left, right] = [widened(a.type), widened(b.type)];
  if (!left.some((type) => right.includes(type))) return true;
  const areObjects = [...left, ...right].every((type) => type === 'object');
  return areObjects && isObject(a.properties) && isObject(b.properties) && haveDisjointProperty(a, b);
}

function haveDisjointProperty(a: JsonObject, b: JsonObject): boolean {
  const [left, right] = [a.properties, b.properties];
  if (!isObject(left) || !isObject(right)) return false;
  return Object.entries(left).some(([name, one]) => {
    const other = Object.hasOwn(right, name) ? right[name] : undefined;
    const isNeeded = requiredBy(a).includes(name) && requiredBy(b).includes(name);
    return isNeeded && isObject(one) && isObject(other) && areDisjoint(one, other);
  });
}

function requiredBy(schema: JsonObject): readonly JsonValue[] {
  return Array.isArray(schema.required) ? schema.required : [];
}

function widened(type: JsonValue): readonly string[] {
  return typesIn(type).map((one) => (one === 'integer' ? 'number' : one));
}

function valuesOf(schema: JsonObject): readonly string[] | undefined {
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  return Array.isArray(schema.enum) ? schema.enum.map((value) => JSON.stringify(value)) : undefined;
}
