import { checkSettings, type ServeConfig, serveConfigSchema } from '@ferrum/server';
import { InvalidArgumentError } from 'commander';
import { configurationError } from './configuration-error.js';
import { type ServeSetting, serveSettings } from './serve-settings.js';

/** A value, and who gave it: a flag, a variable or a file, as people know it. */
export interface Given {
  readonly value: unknown;
  readonly source: string;
}

/** What one place sets, by the path in the configuration. */
export type Layer = ReadonlyMap<string, Given>;

/** @throws FerrumError `Config` naming the flag. */
export function layerOfFlags(flags: Readonly<Record<string, unknown>>): Layer {
  const layer = new Map<string, Given>();
  for (const setting of serveSettings) {
    const value = flags[attributeOf(setting)];
    // Commander has the switch that turns something off stand at true until it is given.
    const isGiven = setting.flag.startsWith('--no-') ? value === false : value !== undefined;
    if (isGiven) layer.set(setting.path, checked(setting.path, value, flagName(setting)));
  }
  return layer;
}

/**
 * An empty variable is as good as none, but for the keys: who meant to set some must not get a server without.
 *
 * @throws FerrumError `Config` naming the variable.
 */
export function layerOfVariables(variables: Readonly<Record<string, string | undefined>>): Layer {
  const layer = new Map<string, Given>();
  for (const { path, variable, kind, parse } of serveSettings) {
    const text = variables[variable]?.trim();
    if (text === undefined || (text === '' && path !== 'apiKeys')) continue;
    const value = parseVariable(variable, () => (kind === 'list' ? partsOf(text).map(parse) : parse(text)));
    if (path === 'apiKeys' && Array.isArray(value) && value.length === 0) {
      throw configurationError(`${variable} is set, but holds no key. Put one in, or unset it.`, path);
    }
    layer.set(path, checked(path, value, variable));
  }
  return layer;
}

/** Of a configuration that is checked already. Lists count as one value. */
export function layerOfFile(config: ServeConfig, source: string): Layer {
  const layer = new Map<string, Given>();
  const visit = (value: object, prefix: string) => {
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) visit(inner, `${prefix}${name}.`);
      else if (inner !== undefined) layer.set(`${prefix}${name}`, { value: inner, source });
    }
  };
  visit(config, '');
  layer.delete('$schema');
  return layer;
}

/** Those that come later win. */
export function mergeLayers(...layers: readonly Layer[]): Layer {
  return new Map(layers.flatMap((layer) => [...layer]));
}

/** The layer as a configuration. */
export function configOf(layer: Layer): ServeConfig {
  return checkSettings(serveConfigSchema, nested([...layer].map(([path, { value }]) => [path, value])), 'ferrum serve');
}

/** `a, b` → `['a', 'b']`. */
export function partsOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** @throws FerrumError `Config` for what commander would refuse as a flag. */
export function parseVariable<T>(variable: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw configurationError(`${variable}: ${error.message}`, variable, error);
  }
}

/** `--no-playground` is `playground` among commander's values. */
function attributeOf(setting: ServeSetting): string {
  return flagName(setting)
    .replace(/^--(no-)?/, '')
    .replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function flagName({ flag }: ServeSetting): string {
  return flag.split(' ')[0] ?? flag;
}

function checked(path: string, value: unknown, source: string): Given {
  checkSettings(serveConfigSchema, nested([[path, value]]), source);
  return { value, source };
}

function nested(entries: readonly (readonly [path: string, value: unknown])[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [path, value] of entries) {
    const [group = '', name] = path.split('.');
    if (name === undefined) result[group] = value;
    else result[group] = { ...(result[group] as object | undefined), [name]: value };
  }
  return result;
}
