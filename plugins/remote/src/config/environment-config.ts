import { readFileSync } from 'node:fs';
import { FerrumError } from '@ferrum/registry/errors';
import type { RemoteConfig } from './remote-config.js';

const variables = { urls: 'FERRUM_REMOTE_URLS', apiKey: 'FERRUM_REMOTE_API_KEY', config: 'FERRUM_REMOTE_CONFIG' };

/**
 * What the environment says: `FERRUM_REMOTE_CONFIG`, the path of a JSON file with the whole configuration; or
 * `FERRUM_REMOTE_URLS`, base URLs with commas between them, and `FERRUM_REMOTE_API_KEY` if they want a key.
 * @throws FerrumError `Config` when it says nothing or both, and for a file that cannot be read
 */
export function environmentConfig(environment: NodeJS.ProcessEnv): RemoteConfig {
  const file = environment[variables.config] ?? '';
  const urls = environment[variables.urls] ?? '';
  if ((file === '') === (urls === '')) {
    const found = file === '' ? 'neither is set' : 'both are set';
    throw new FerrumError(
      'Config',
      `Set ${variables.urls} to the base URLs of the servers, such as http://gpu-1:8000/v1, or ${variables.config} to a JSON file with the configuration; ${found}.`,
    );
  }
  if (file !== '') return readConfig(file);
  const apiKeyEnv = environment[variables.apiKey] ? { apiKeyEnv: variables.apiKey } : {};
  return { servers: urls.split(',').map((url) => ({ url: url.trim(), ...apiKeyEnv })) };
}

function readConfig(file: string): RemoteConfig {
  try {
    // Checked by who gets it.
    return JSON.parse(readFileSync(file, 'utf8')) as RemoteConfig;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FerrumError('Config', `${variables.config} is ${file}, which cannot be read as JSON: ${why}`, {
      cause: error,
    });
  }
}
