import { badRequest } from '../http/api-error.js';

/** Of one JSON Schema. Engines have limits of their own on what they compile. */
const deepest = 64;
const mostValues = 20_000;

/**
 * Looks at a JSON Schema before anything walks it: its depth and the number of its values. Takes no call stack.
 * @throws FerrumError `RequestValidation` naming `param`
 */
export function checkSchemaSize(schema: unknown, param: string): void {
  let level: unknown[] = [schema];
  let values = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) throw badRequest(param, `\`${param}\` is nested more than ${deepest} levels deep.`);
    values += level.length;
    if (values > mostValues)
      throw badRequest(param, `\`${param}\` has more than ${mostValues} values. Make it smaller.`);
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
}
