import { FerrumError } from '@ferrum/registry/errors';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

/**
 * @param what names the source for the message, e.g. `ferrum.config.json`
 * @throws FerrumError `Config` naming the first field that is wrong, and what it may be.
 */
export function checkSettings<T extends TSchema>(schema: T, value: unknown, what: string): Static<T> {
  if (Value.Check(schema, value)) return value as Static<T>;
  const errors = [...Value.Errors(schema, value)];
  // The most precise one: a union also reports that none of its members fits.
  const error = errors.sort((a, b) => precisionOf(b) - precisionOf(a))[0];
  const path = error?.instancePath.slice(1).replaceAll('/', '.') ?? '';
  // A field that no schema names is checked with the schema `false`.
  const isUnknown = error?.keyword === 'boolean';
  const problem = isUnknown
    ? `there is no setting ${path}`
    : `${path || 'it'} ${error?.message}${allowedBy(error?.params)}`;
  throw new FerrumError('Config', `${what}: ${problem}. The README of @ferrum/server lists the settings.`, {
    details: { setting: path },
  });
}

/** What an `enum` lists. */
function allowedBy(params: object | undefined): string {
  const values = params && 'allowedValues' in params ? params.allowedValues : undefined;
  return Array.isArray(values) ? `: ${values.join(', ')}` : '';
}

/** An object that lacks a field was meant as an object, whatever else the union takes. */
function precisionOf({ instancePath, keyword }: { readonly instancePath: string; readonly keyword: string }): number {
  return instancePath.split('/').length + (keyword === 'required' ? 0.5 : 0);
}
