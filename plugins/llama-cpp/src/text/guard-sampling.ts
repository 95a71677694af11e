import { FerrumError } from '@ferrum/registry/errors';
import type { LlamaContext } from 'node-llama-cpp';

/** What the library keeps of llama.cpp's context, as far as it is needed here. */
interface NativeContext {
  sampleToken(...parameters: unknown[]): Promise<unknown>;
}

/** The library's word for a token that could not be chosen: the request that wanted it fails. */
const noToken = -1;

/**
 * Makes a choice of a token that fails an error of its request. Left to itself the library (node-llama-cpp 3.21) rejects a
 * promise that nobody holds, which ends the process, and the request waits for ever. It happens when nothing that may be
 * chosen keeps to the grammar.
 * @param onFailure told why, before the request fails
 */
export function guardSampling(context: LlamaContext, onFailure: (reason: string) => void): void {
  const native = (context as unknown as { readonly _ctx?: Partial<NativeContext> })._ctx;
  const sampleToken = native?.sampleToken;
  if (!native || typeof sampleToken !== 'function') {
    throw new FerrumError('Internal', 'This version of node-llama-cpp is not the one that the plugin was made for.');
  }
  const guarded: NativeContext['sampleToken'] = async (...parameters) => {
    try {
      return await sampleToken.apply(native, parameters);
    } catch (cause) {
      onFailure(cause instanceof Error ? cause.message : String(cause));
      return noToken;
    }
  };
  Object.defineProperty(native, 'sampleToken', { value: guarded });
}
