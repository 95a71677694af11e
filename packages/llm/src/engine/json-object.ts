import { isPlainObject } from './dictionary.js';

const mostLevels = 64;
const mostValues = 65_536;

/** Why a value is no JSON object to carry along: in words that go on from its name; undefined when it is one. */
export function jsonObjectProblem(value: unknown): string | undefined {
  if (!isPlainObject(value)) return 'must be a JSON object';
  const around = new Set<unknown>();
  let values = 0;
  // What is in several places counts in each, as in its text: few objects can make a text without end.
  const problemOf = (part: unknown): string | undefined => {
    values += 1;
    if (values > mostValues) return `holds more than ${mostValues} values`;
    if (part === null || typeof part === 'string' || typeof part === 'boolean' || Number.isFinite(part))
      return undefined;
    if (!Array.isArray(part) && !isPlainObject(part)) return 'holds something that is no JSON';
    if (around.has(part)) return 'contains itself';
    if (around.size === mostLevels) return `is more than ${mostLevels} levels deep`;
    around.add(part);
    for (const inner of Array.isArray(part) ? part : Object.values(part)) {
      const problem = problemOf(inner);
      if (problem) return problem;
    }
    around.delete(part);
    return undefined;
  };
  return problemOf(value);
}
