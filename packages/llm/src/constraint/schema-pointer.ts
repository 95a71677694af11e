import type { JsonObject, JsonValue } from '@ferrum/interfaces';
import { isObject } from './merge-schemas.js';
import { SchemaProblem } from './schema-problem.js';

/** What a chain of references may come to. */
const longestChain = 64;

/** What `#/…` points to. @throws SchemaProblem */
export function referenceTarget(root: JsonObject, reference: string, path: string): JsonValue {
  if (reference !== '#' && !reference.startsWith('#/')) {
    throw new SchemaProblem(
      path,
      '$ref',
      `\`$ref\` "${reference}" is not supported; it must point into the schema itself: \`#/$defs/…\``,
    );
  }
  let found: JsonValue | undefined = root;
  for (const part of reference.split('/').slice(1)) {
    const key = decodePointer(part);
    if (Array.isArray(found)) found = found[Number(key)];
    else found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  if (found === undefined) throw new SchemaProblem(path, '$ref', `\`$ref\` "${reference}" points to nothing`);
  return found;
}

/** What a schema's chain of references leads to, as a schema. @throws SchemaProblem for one that leads in a circle */
export function withoutReferences(root: JsonObject, schema: JsonObject, path: string): JsonObject {
  let found: JsonValue = schema;
  for (let steps = 0; isObject(found) && typeof found.$ref === 'string'; steps++) {
    if (steps > longestChain) throw new SchemaProblem(path, '$ref', '`$ref` leads in a circle');
    found = referenceTarget(root, found.$ref, path);
  }
  if (isObject(found)) return found;
  return found === true ? {} : { enum: [] };
}

export function encodePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
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
