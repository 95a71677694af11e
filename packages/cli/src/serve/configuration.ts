import type { ServeConfig, ServedModel, ServerSettings } from '@ferrum/server';
import type { CommandContext } from '../context.js';
import { withAdapterDirectory } from './adapters.js';
import { readApiKeyFile } from './api-key-file.js';
import { loadConfigFile } from './config-file.js';
import {
  configOf,
  type Given,
  type Layer,
  layerOfFile,
  layerOfFlags,
  layerOfVariables,
  mergeLayers,
  parseVariable,
  partsOf,
} from './layers.js';
import { asServedModel, readModelArguments } from './model-arguments.js';
import type { ServeFlags } from './serve-flags.js';
import { switchArgument } from './serve-settings.js';

/** What flags, environment and configuration file come to. */
export interface Configuration {
  readonly settings: ServerSettings;
  /** Undefined: every model on this machine. */
  readonly models: readonly ServedModel[] | undefined;
  readonly idleTimeoutSeconds: number | undefined;
  readonly offline: boolean;
  /** Engine ids or plugin names, most wanted first. */
  readonly prefer: readonly string[];
  /** Open every model when the server starts. */
  readonly preload: boolean;
  /** Who set what, by path: `port` → `FERRUM_PORT`. What has its default is not there. */
  readonly sources: Readonly<Record<string, string>>;
}

/**
 * Flags come before the environment, that before the configuration file. A list is taken whole from the first that has it.
 *
 * @param names The models of the command line.
 * @throws FerrumError `Config` naming the flag, the variable, or the file and its field.
 */
export async function readConfiguration(
  names: readonly string[],
  flags: ServeFlags,
  { environment }: CommandContext,
): Promise<Configuration> {
  const { variables } = environment;
  const folder = environment.workingDirectory();
  const file = await loadConfigFile(flags.config ?? filled(variables.FERRUM_CONFIG), folder);
  const layer = mergeLayers(
    file === undefined ? new Map() : layerOfFile(file.config, file.name),
    await withKeyFile(
      layerOfVariables(variables),
      filled(variables.FERRUM_API_KEY_FILE),
      'FERRUM_API_KEY_FILE',
      folder,
    ),
    modelLayer(partsOf(variables.FERRUM_MODELS ?? ''), 'FERRUM_MODELS', file?.config),
    await withKeyFile(layerOfFlags(flags), flags.apiKeyFile, '--api-key-file', folder),
    modelLayer(names, 'the command line', file?.config),
  );
  const { models, idleTimeoutSeconds, offline = false, prefer = [], $schema: _, ...settings } = configOf(layer);
  const preload = preloadOf(flags, variables);
  return {
    settings: await withAdapterDirectory(settings, layer.get('adapterDirectory')?.source, folder),
    models: models?.map(asServedModel),
    idleTimeoutSeconds,
    offline,
    prefer,
    preload: preload !== undefined,
    sources: {
      ...Object.fromEntries([...layer].map(([path, { source }]) => [path, source])),
      ...(preload && { preload }),
    },
  };
}

/** Keys of a file join those that stand in the same place. */
async function withKeyFile(layer: Layer, file: string | undefined, source: string, folder: string): Promise<Layer> {
  if (file === undefined) return layer;
  const keys = await readApiKeyFile(file, folder);
  const earlier = layer.get('apiKeys') as (Given & { readonly value: typeof keys }) | undefined;
  const given: Given = {
    value: [...(earlier?.value ?? []), ...keys],
    source: [...(earlier === undefined ? [] : [earlier.source]), source].join(' and '),
  };
  return mergeLayers(layer, new Map([['apiKeys', given]]));
}

function modelLayer(names: readonly string[], source: string, config: ServeConfig | undefined): Layer {
  if (names.length === 0) return new Map();
  return new Map([['models', { value: readModelArguments(names, config?.models), source }]]);
}

/** Who asks for it. */
function preloadOf(
  flags: ServeFlags,
  { FERRUM_PRELOAD }: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (flags.preload) return '--preload';
  const text = filled(FERRUM_PRELOAD);
  const isOn = text !== undefined && parseVariable('FERRUM_PRELOAD', () => switchArgument(text));
  return isOn ? 'FERRUM_PRELOAD' : undefined;
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
