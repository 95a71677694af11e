import type { Priority } from '@ferrum/interfaces';
import { onAbort } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import type { LlamaContextSequence, Token } from 'node-llama-cpp';

/** A place to compute in, which remembers what was computed there last. */
export interface SequenceSlot {
  readonly sequence: LlamaContextSequence;
  /** Only requests with the same salt may use what the sequence holds. */
  salt: string | undefined;
  lastUsed: number;
}

export interface SlotRequest {
  readonly promptTokens: readonly number[];
  readonly salt: string | undefined;
  readonly priority: Priority;
  readonly signal: AbortSignal;
}

const ranks: Readonly<Record<Priority, number>> = { low: 0, normal: 1, high: 2, critical: 3 };

interface Waiting {
  readonly request: SlotRequest;
  readonly enter: (slot: SequenceSlot) => void;
}

/** Sequences for requests that run side by side. Who waits is served by priority, then first come, first served. */
export class SequencePool {
  readonly #idle: SequenceSlot[];
  readonly #waiting: Waiting[] = [];
  #uses = 0;

  constructor(sequences: readonly LlamaContextSequence[]) {
    this.#idle = sequences.map((sequence) => ({ sequence, salt: undefined, lastUsed: 0 }));
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** The place that holds the longest beginning of the prompt, else the one that was unused for longest. @throws `Cancelled` */
  async acquire(request: SlotRequest): Promise<SequenceSlot> {
    const { signal } = request;
    if (signal.aborted) throw cancelled(signal);
    return this.#idle.length > 0 ? this.#take(request) : this.#wait(request);
  }

  release(slot: SequenceSlot): void {
    slot.lastUsed = ++this.#uses;
    this.#idle.push(slot);
    const next = this.#waiting.shift();
    // Passed on without a gap that a newcomer could slip into.
    next?.enter(this.#take(next.request));
  }

  #take({ promptTokens, salt }: SlotRequest): SequenceSlot {
    const held = (slot: SequenceSlot) => (slot.salt === salt ? heldTokens(slot, promptTokens) : 0);
    const best = this.#idle
      .map((slot) => ({ slot, held: held(slot) }))
      .reduce((a, b) => (b.held > a.held || (b.held === a.held && b.slot.lastUsed < a.slot.lastUsed) ? b : a)).slot;
    this.#idle.splice(this.#idle.indexOf(best), 1);
    return best;
  }

  #wait(request: SlotRequest): Promise<SequenceSlot> {
    return new Promise((resolve, reject) => {
      const stop = onAbort(request.signal, () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(cancelled(request.signal));
      });
      const waiting: Waiting = {
        request,
        enter: (slot) => {
          stop();
          resolve(slot);
        },
      };
      const rank = ranks[request.priority];
      const later = this.#waiting.findIndex((other) => ranks[other.request.priority] < rank);
      this.#waiting.splice(later < 0 ? this.#waiting.length : later, 0, waiting);
    });
  }
}

/** How many of the prompt's first tokens the sequence has computed. */
export function heldTokens({ sequence }: SequenceSlot, promptTokens: readonly number[]): number {
  return sequence.compareContextTokens(promptTokens as Token[]).firstDifferentIndex;
}

function cancelled({ reason }: AbortSignal): FerrumError {
  return new FerrumError('Cancelled', 'The generation was cancelled before it began.', { cause: reason });
}
