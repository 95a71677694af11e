import { FerrumError } from '@ferrum/registry/errors';

/** What the API calls a field of an engine's request: a name, before which what follows is put, or a function of what follows. */
export type FieldNames = Readonly<Record<string, string | ((rest: string) => string)>>;

/**
 * What an engine says of a field, about the field of the API that it came in. Of several names that fit the longest counts:
 * `tools` is also that of `tools[1].name`.
 */
export function aboutFields(error: unknown, names: FieldNames): unknown {
  if (!FerrumError.isInstance(error)) return error;
  const { parameter, apiParam } = error.details;
  if (typeof parameter !== 'string' || apiParam !== undefined) return error;
  const name = Object.keys(names)
    .filter((each) => parameter === each || parameter.startsWith(`${each}.`) || parameter.startsWith(`${each}[`))
    .sort((a, b) => b.length - a.length)[0];
  const field = name === undefined ? undefined : names[name];
  if (name === undefined || field === undefined) return error;
  const rest = parameter.slice(name.length);
  const shown = typeof field === 'string' ? `${field}${rest}` : field(rest);
  const message = error.message.replaceAll(`\`${parameter}\``, `\`${shown}\``);
  return new FerrumError(error.code, message, { cause: error, details: { ...error.details, apiParam: shown } });
}
