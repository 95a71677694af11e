import path from 'node:path';
import { createModelStore } from '@ferrum/models';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { openWhisperEngine, type WhisperEngine } from '../../dist/index.js';

let homes = 0;

/** Opens a model of this path in a home of its own within the folder. */
export function openTinyEngine(
  location: string,
  folder: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<WhisperEngine> {
  homes += 1;
  return openWhisperEngine({
    model: { reference: location },
    models: createModelStore({ home: path.join(folder, `home ${process.pid} ${homes}`) }),
    options: { threads: 1, quantization: 'float32', ...options },
    resolve: () => Promise.reject(new Error('nothing else is needed')),
  });
}

/** Sound of a few seconds that changes all the time; whatever the tiny models make of it. */
export function tones(seconds: number, seed = 1): { readonly samples: Float32Array; readonly sampleRate: number } {
  const samples = Float32Array.from({ length: Math.round(seconds * 16000) }, (_, at) => {
    const time = at / 16000;
    const pitch = 200 + 150 * Math.sin(seed + 5 * time);
    return 0.3 * Math.sin(2 * Math.PI * pitch * time) * (0.6 + 0.4 * Math.sin(seed * 7 * time));
  });
  return { samples, sampleRate: 16000 };
}

export async function activeWindows(engine: WhisperEngine): Promise<unknown> {
  const { componentStatus } = await engine.healthCheck();
  return componentStatus.scheduler?.metrics?.activeWindows;
}
