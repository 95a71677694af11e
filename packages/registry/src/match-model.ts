import type { EngineDescriptor, ModelManifest, ModelMatch } from '@ferrum/interfaces';
import { abortable } from './concurrency/abortable.js';
import { withinTime } from './concurrency/within-time.js';
import { kindOf } from './define-plugin.js';
import { FerrumError } from './errors.js';
import { messageOf } from './message-of.js';

export interface MatchLimits {
  readonly matchTimeoutMs: number;
  /** Any of them ends the wait. */
  readonly signals: readonly AbortSignal[];
}

/** What the engine says of the model; score 0 with the reason when it fails to say anything. Never rejects. */
export async function matchModel(
  descriptor: EngineDescriptor,
  model: ModelManifest,
  { matchTimeoutMs, signals }: MatchLimits,
): Promise<ModelMatch> {
  if (silent.has(descriptor)) return { score: 0, reason: 'match() has still not answered an earlier call' };
  try {
    const answering = Promise.resolve(descriptor.match(model));
    const late = (): Error => {
      silent.add(descriptor);
      const forgive = () => silent.delete(descriptor);
      answering.then(forgive, forgive);
      return new FerrumError('Timeout', `no answer after ${matchTimeoutMs} ms (matchTimeoutMs)`);
    };
    return checkedMatch(await withinTime(abortable(answering, signals, 'Matching'), matchTimeoutMs, late));
  } catch (thrown) {
    return { score: 0, reason: `match() failed: ${messageOf(thrown)}` };
  }
}

/** Descriptors whose `match()` is late: they are not asked again meanwhile, or each call would have to wait for them. */
const silent = new WeakSet<EngineDescriptor>();

/** A plugin's answer is data from outside: a NaN score, say, would spoil the order of everybody else. */
function checkedMatch(answer: unknown): ModelMatch {
  const { score, reason }: Partial<Record<keyof ModelMatch, unknown>> = answer ?? {};
  if (typeof score !== 'number' || !(score >= 0 && score <= 100)) {
    return { score: 0, reason: `match() answered score ${kindOf(score)}, which is not a number from 0 to 100` };
  }
  return { score, reason: typeof reason === 'string' && reason !== '' ? reason : 'gave no reason' };
}
