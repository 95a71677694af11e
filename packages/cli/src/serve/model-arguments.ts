import type { ServedModel } from '@ferrum/server';
import { configurationError } from './configuration-error.js';

/**
 * `NAME` or `ALIAS=NAME`, as the command line and FERRUM_MODELS name models. The same model may come again with another
 * alias. NAME may be the id or the model of an entry of the configuration file, which then brings its options.
 *
 * @throws FerrumError `Config` when a part of one is empty.
 */
export function readModelArguments(
  texts: readonly string[],
  configured: readonly (string | ServedModel)[] = [],
): readonly ServedModel[] {
  const known = configured.map(asServedModel);
  const models = new Map<string, ServedModel>();
  for (const text of texts) {
    const { alias, name } = splitAlias(text);
    const entry = models.get(name) ?? known.find(({ id, model }) => id === name || model === name) ?? { model: name };
    const aliases = [...(entry.aliases ?? []), ...(alias === undefined ? [] : [alias])];
    models.set(name, aliases.length > 0 ? { ...entry, aliases: [...new Set(aliases)] } : entry);
  }
  return [...models.values()];
}

export function asServedModel(model: string | ServedModel): ServedModel {
  return typeof model === 'string' ? { model } : model;
}

function splitAlias(text: string): { readonly alias?: string; readonly name: string } {
  const equals = text.indexOf('=');
  // An address or a path may have an equals sign of its own.
  if (equals === -1 || !/^[\w.:@/-]*$/.test(text.slice(0, equals)) || /^[./]|:\/\//.test(text.slice(0, equals))) {
    return { name: text };
  }
  const [alias, name] = [text.slice(0, equals), text.slice(equals + 1)];
  if (alias !== '' && name !== '') return { alias, name };
  throw configurationError(
    `"${text}" is no model. Write NAME, or ALIAS=NAME as in gpt-4o-mini=smollm2:135m.`,
    'models',
  );
}
