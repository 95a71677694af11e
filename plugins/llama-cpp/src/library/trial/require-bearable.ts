import { stat } from 'node:fs/promises';
import type { EngineContext } from '@ferrum/interfaces';
import type { LocatedModel } from '../locate-model.js';
import { identify, isKnown, remember } from './known-files.js';
import type { Trial } from './trial-messages.js';
import { tryFile } from './try-file.js';

/** For loading the library and computing two tokens. */
const leastMs = 60_000;
/** Slower disks are given up. */
const bytesPerMs = 10_000;

/** Steps of the progress that is told of. */
const steps = 100;

/**
 * Tries a file before it is opened for the first time, since a damaged one may end the process that opens it. A file that
 * passed is not tried again while it stays as it is; one that failed is, for the reason may be gone.
 * @throws FerrumError `Model`, `Cancelled`, and what opening it threw
 */
export async function requireBearable(
  { label, file }: LocatedModel,
  { models, signal, onProgress }: Pick<EngineContext, 'models' | 'signal' | 'onProgress'>,
  { use, options }: Pick<Trial, 'use' | 'options'>,
): Promise<void> {
  const trial = { label, file, use, options };
  const tried = await identify(trial, models?.cacheDirectory);
  if (await isKnown(tried)) return;
  const tell = (completed: number) => onProgress?.({ phase: 'verify', label, unit: 'steps', completed, total: steps });
  tell(0);
  const timeoutMs = leastMs + (await stat(file)).size / bytesPerMs;
  await tryFile({ trial, signal, timeoutMs, onProgress: (share) => tell(Math.floor(share * (steps - 1))) });
  tell(steps);
  await remember(tried);
}
