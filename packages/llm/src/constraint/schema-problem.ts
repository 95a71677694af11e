import type { JsonValue } from '@ferrum/interfaces';

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

export function unsupported(path: string, keyword: string): SchemaProblem {
  return new SchemaProblem(path, keyword, `uses \`${keyword}\`, which is not supported; leave it out`);
}

/** @throws SchemaProblem unless the value is a count or not given */
export function countIn(value: JsonValue | undefined, path: string, keyword: string): number | undefined {
  if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)) return value;
  throw new SchemaProblem(path, keyword, `\`${keyword}\` must be a whole number from 0`);
}
