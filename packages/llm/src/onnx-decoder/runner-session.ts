import { throwIfAborted } from '@ferrum/registry/errors';
import type { TokenSession } from '../engine/decoder-session.js';
import type { ModelRunner } from '../engine/model-runner.js';

/** Tokens computed in one run. */
const promptChunk = 256;
/** Rows of logits are large. */
const scoredChunk = 32;

/** One sequence on a runner of one slot. A signal ends it between two chunks. */
export class RunnerSession implements TokenSession {
  constructor(private readonly runner: ModelRunner) {}

  cacheBytes(tokens: number): number {
    return tokens * this.runner.cache.bytesPerToken;
  }

  async extend(tokens: readonly number[], past: number, signal: AbortSignal): Promise<Float32Array> {
    let logits: Float32Array = new Float32Array();
    for (let start = 0; start < tokens.length; start += promptChunk) {
      throwIfAborted(signal, 'The generation');
      logits = await this.runner.extend(0, tokens.slice(start, start + promptChunk), past + start, 'last');
    }
    return logits;
  }

  async *logitsOfEach(tokens: readonly number[], signal: AbortSignal): AsyncGenerator<Float32Array> {
    for (let start = 0; start < tokens.length; start += scoredChunk) {
      throwIfAborted(signal, 'The generation');
      yield await this.runner.extend(0, tokens.slice(start, start + scoredChunk), start, 'all');
    }
  }

  dispose(): Promise<void> {
    return this.runner.dispose();
  }
}
