import { argmax } from '../../sampling/token-sampler.js';
import type { TokenSession } from '../decoder-session.js';
import type { Drafter } from './speculation.js';

/**
 * Lets a smaller model with the same vocabulary guess, greedily. Its keys and values are kept as far as the next text
 * begins like the last one; requests may share it.
 */
export class ModelDrafter implements Drafter {
  /** Tokens whose keys and values the draft model holds. */
  #computed: number[] = [];

  constructor(
    private readonly session: TokenSession,
    private readonly contextLength: number,
  ) {}

  async draft(tokens: readonly number[], count: number): Promise<readonly number[]> {
    const room = Math.min(count, this.contextLength - tokens.length);
    if (room < 1) return [];
    let shared = 0;
    // The last token is computed in any case: the first guess follows from it.
    while (shared < tokens.length - 1 && this.#computed[shared] === tokens[shared]) shared += 1;
    this.#computed.length = shared;
    let logits = await this.#extend(tokens.slice(shared));
    const drafted = [argmax(logits)];
    while (drafted.length < room) {
      logits = await this.#extend(drafted.slice(-1));
      drafted.push(argmax(logits));
    }
    return drafted;
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }

  async #extend(tokens: readonly number[]): Promise<Float32Array> {
    const logits = await this.session.extend(tokens, this.#computed.length, never);
    this.#computed.push(...tokens);
    return logits;
  }
}

/** A draft ends with its step. */
const never = new AbortController().signal;
