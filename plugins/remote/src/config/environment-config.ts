import { readFileSync } from 'node:fs';
import { FerrumError } from '@ferrum/registry/errors';
import type { RemoteConfig } from './remote-config.js';

const variables = { urls: 'FERRUM_REMOTE_URLS', apiKey: 'FERRUM_REMOTE_API_KEY', config: 'FERRUM_REMOTE_CONFIG' };

export interface EnvironmentConfig {
  /** Checked by who gets it. */
  readonly config: RemoteConfig;
  /** The variable that says so, for messages. */
  readonly source: string;
}

/**
 * What the environment says: `FERRUM_REMOTE_CONFIG`, the path of a JSON file with the whole configuration; or
 * `FERRUM_REMOTE_URLS`, base URLs with commas between them, and `FERRUM_REMOTE_API_KEY` if they want a key.
 * @throws FerrumError `Config` when it says nothing or both, for an empty URL, and for a file that cannot be read
 */
export function environmentConfig(environment: NodeJS.ProcessEnv): EnvironmentConfig {
  const file = environment[variables.config] ?? '';
  const urls = environment[variables.urls] ?? '';
  if ((file === '') === (urls === '')) {
    const found = file === '' ? 'neither is set' : 'both are set';
    throw new FerrumError(
      'Config',
      `Set ${variables.urls} to the base URLs of the servers, such as http://gpu-1:8000/v1, or ${variables.config} to a JSON file with the configuration; ${found}.`,
    );
  }
  if (file !== '') return { config: readConfig(file), source: `${variables.config} (${file})` };
  return { config: { servers: serversOf(urls, environment) }, source: variables.urls };
}

function serversOf(urls: string, environment: NodeJS.ProcessEnv): RemoteConfig['servers'] {
  const apiKeyEnv = environment[variables.apiKey] ? { apiKeyEnv: variables.apiKey } : {};
  return urls.split(',').map((text, index) => {
    const url = text.trim();
    if (url !== '') return { url, ...apiKeyEnv };
    throw new FerrumError('Config', `${variables.urls}: URL ${index + 1} is empty; leave out the comma beside it.`);
  });
}

function readConfig(file: string): RemoteConfig {
  try {
    // Editors of Windows put a byte order mark before it.
    return JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')) as RemoteConfig;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FerrumError('Config', `${variables.config} is ${file}, which cannot be read as JSON: ${why}`, {
      cause: error,
    });
  }
}
