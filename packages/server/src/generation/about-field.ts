import { FerrumError } from '@ferrum/registry/errors';
import { inBrackets, isOurs } from '../http/api-error.js';

/**
 * What the API calls a field of an engine's request: a name, after which what follows is put, or a function of what follows.
 * Places of lists are in brackets: after `tools` of `tools.0.name` comes `[0].name`.
 */
export type FieldNames = Readonly<Record<string, string | ((rest: string) => string)>>;

/**
 * What an engine says of a field, about the field of the API that it came in. Of several names that fit the longest counts:
 * `tools` is also that of `tools[1].name`.
 */
export function aboutFields(error: unknown, names: FieldNames): unknown {
  if (!FerrumError.isInstance(error)) return error;
  const { parameter, apiParam } = error.details;
  if (typeof parameter !== 'string' || apiParam !== undefined) return error;
  const shown = nameIn(names, parameter);
  if (shown === undefined) return error;
  const message = error.message.replaceAll(/`([\w.[\]]+)`/g, (quoted, name: string) => {
    const known = isOurs(name, error) ? nameIn(names, name) : undefined;
    return known === undefined ? quoted : `\`${known}\``;
  });
  return new FerrumError(error.code, message, { cause: error, details: { ...error.details, apiParam: shown } });
}

function nameIn(names: FieldNames, field: string): string | undefined {
  const given = inBrackets(field);
  const [name] = Object.keys(names)
    .filter((each) => given === each || given.startsWith(`${each}.`) || given.startsWith(`${each}[`))
    .sort((a, b) => b.length - a.length);
  const known = name === undefined ? undefined : names[name];
  if (name === undefined || known === undefined) return undefined;
  const rest = given.slice(name.length);
  return typeof known === 'string' ? `${known}${rest}` : known(rest);
}
