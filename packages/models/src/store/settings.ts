import { homedir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import type { HubSettings } from '../sources/hub-api.js';

export interface ModelStoreSettings {
  /** The folder of everything that Ferrum keeps. Default: `FERRUM_HOME`, else the user's cache folder. */
  readonly home?: string;
  /** Never use the network nor start npm or pip. Default: `FERRUM_OFFLINE`. */
  readonly offline?: boolean;
  /** Default: `process.env`. */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface StoreSettings {
  /** Absolute. */
  readonly home: string;
  readonly offline: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly hub: HubSettings;
}

/**
 * Reads FERRUM_HOME, FERRUM_OFFLINE, HF_ENDPOINT, HF_TOKEN, HF_HUB_CACHE and HF_HOME; an option comes before its variable.
 * @throws FerrumError `Config` for an HF_ENDPOINT that is no URL, or when no folder for the cache can be told.
 */
export function readSettings(options: ModelStoreSettings): StoreSettings {
  const environment = options.environment ?? process.env;
  const token = filled(environment.HF_TOKEN);
  return {
    home: resolve(options.home ?? filled(environment.FERRUM_HOME) ?? platformCache(environment)),
    offline: options.offline ?? isTrue(environment.FERRUM_OFFLINE),
    environment,
    hub: {
      endpoint: hubEndpoint(environment),
      ...(token === undefined ? {} : { token }),
      cache: hubCache(environment),
    },
  };
}

function hubEndpoint(environment: NodeJS.ProcessEnv): string {
  const endpoint = filled(environment.HF_ENDPOINT) ?? 'https://huggingface.co';
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    throw new FerrumError(
      'Config',
      `HF_ENDPOINT is "${endpoint}", which is not an http(s) URL. Correct it or unset it.`,
    );
  }
  return endpoint.replace(/\/+$/, '');
}

/** Ferrum's folder where each platform keeps what can be had again. */
function platformCache(environment: NodeJS.ProcessEnv): string {
  switch (process.platform) {
    case 'darwin':
      return join(homeFolder(), 'Library', 'Caches', 'ferrum');
    case 'win32':
      return join(filled(environment.LOCALAPPDATA) ?? join(homeFolder(), 'AppData', 'Local'), 'ferrum', 'Cache');
    default:
      return join(xdgCache(environment), 'ferrum');
  }
}

/** As huggingface_hub finds it, on every platform. https://huggingface.co/docs/hub/local-cache */
function hubCache(environment: NodeJS.ProcessEnv): string {
  const cache = filled(environment.HF_HUB_CACHE);
  if (cache !== undefined) return resolve(cache);
  return resolve(filled(environment.HF_HOME) ?? join(xdgCache(environment), 'huggingface'), 'hub');
}

/** https://specifications.freedesktop.org/basedir-spec/latest */
function xdgCache(environment: NodeJS.ProcessEnv): string {
  return filled(environment.XDG_CACHE_HOME) ?? join(homeFolder(), '.cache');
}

/** An empty HOME counts as unset, or the cache would lie in the working folder. */
function homeFolder(): string {
  try {
    return filled(homedir()) ?? userInfo().homedir;
  } catch (cause) {
    const message =
      'There is no home folder for the cache: set HOME, or XDG_CACHE_HOME, to a folder that you may write.';
    throw new FerrumError('Config', message, { cause });
  }
}

function isTrue(value: string | undefined): boolean {
  return !/^(0|false|no|off)?$/i.test(value?.trim() ?? '');
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}
