import { FerrumError } from '@ferrum/registry/errors';
import { loadLibav, sampleFormat } from './libav/libav.js';
import { MonoGraph, requireRate } from './libav/mono-graph.js';

/** Changes the sample rate of mono audio that comes piece by piece, e.g. from a microphone. */
export interface Resampler {
  readonly fromRate: number;
  readonly toRate: number;
  /**
   * Takes the next samples; returns those that are ready. A filter's length of them, about 32 periods of the lower
   * rate, is held back for the ones that follow.
   */
  push(samples: Float32Array): Float32Array;
  /** The rest. All together, n samples become n · toRate / fromRate, rounded, without delay. */
  finish(): Float32Array;
  [Symbol.dispose](): void;
}

/**
 * A streaming, band-limited resampler (FFmpeg's libswresample) on the calling thread: a second of audio costs a few ms.
 * @param fromRate in Hz, 1000 to 768,000; so is `toRate`
 * @throws FerrumError `Unsupported` for a rate out of range; `push` throws `InvalidParameter` for NaN or infinite samples
 */
export async function createResampler(fromRate: number, toRate: number): Promise<Resampler> {
  requireRate(fromRate);
  requireRate(toRate);
  return new GraphResampler(await loadLibav('common'), fromRate, toRate);
}

class GraphResampler implements Resampler {
  readonly #graph: MonoGraph;
  #position = 0;
  #isFinished = false;

  constructor(
    libav: Awaited<ReturnType<typeof loadLibav>>,
    readonly fromRate: number,
    readonly toRate: number,
  ) {
    const shape = { format: sampleFormat.f32, sampleRate: fromRate, channels: 1, channelMask: 0 };
    this.#graph = new MonoGraph(libav, shape, { sampleRate: toRate, format: 'f32' });
  }

  push(samples: Float32Array): Float32Array {
    this.#requireOpen();
    for (let index = 0; index < samples.length; index++) {
      if (Number.isFinite(samples[index])) continue;
      const message = `Sample ${this.#position + index} is ${samples[index]}; samples must be finite numbers.`;
      throw new FerrumError('InvalidParameter', message);
    }
    this.#position += samples.length;
    return samples.length === 0 ? new Float32Array(0) : joined(this.#graph.push(samples));
  }

  finish(): Float32Array {
    this.#requireOpen();
    this.#isFinished = true;
    const rest = joined(this.#graph.finish());
    this.#graph.close();
    return rest;
  }

  [Symbol.dispose](): void {
    this.#isFinished = true;
    this.#graph.close();
  }

  #requireOpen(): void {
    if (this.#isFinished) throw new FerrumError('InvalidParameter', 'The resampler has finished; create another one.');
  }
}

function joined(pieces: readonly (Int16Array | Float32Array)[]): Float32Array {
  const [only] = pieces;
  if (pieces.length === 1 && only instanceof Float32Array) return only;
  const result = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let filled = 0;
  for (const piece of pieces) {
    result.set(piece, filled);
    filled += piece.length;
  }
  return result;
}
