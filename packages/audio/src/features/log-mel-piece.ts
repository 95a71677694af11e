import { type PreparedRun, type Session, Tensor } from '@ferrum/onnx';
import { requireFinite } from '../waveform/require-finite.js';
import type { Waveform } from '../waveform/waveform.js';
import { foldedLength, foldFrames, frameLength, halfFrame, hopLength } from './fold-frames.js';

/** The memory for one run of the log-mel graph over some frames, used again and again: fresh pages cost more than the copies. */
export class LogMelPiece {
  readonly #session: Session;
  readonly #melBins: number;
  readonly #samples: Float32Array;
  readonly #folded: Tensor<'float32'>;
  readonly #logMel: Tensor<'float32'>;
  readonly #maximum = Tensor.allocate('float32', []);
  #runs: PieceRuns | undefined;

  constructor(session: Session, melBins: number, maximumFrames: number) {
    this.#session = session;
    this.#melBins = melBins;
    this.#samples = new Float32Array(samplesOf(maximumFrames));
    this.#folded = Tensor.allocate('float32', [4, maximumFrames, foldedLength]);
    this.#logMel = Tensor.allocate('float32', [melBins, maximumFrames]);
  }

  /**
   * Takes `frames` frames of the signal from `startFrame` on.
   * @throws FerrumError `InvalidParameter` for a sample that is no ordinary number.
   */
  load(wave: Waveform, startFrame: number, frames: number): void {
    const start = startFrame * hopLength - halfFrame;
    const samples = wave.read(start, start + samplesOf(frames), this.#samples.subarray(0, samplesOf(frames)));
    requireFinite(samples, start);
    // The signal mirrored on its first sample.
    for (let before = 1; before <= -start; before++) samples[-start - before] = samples[-start + before] ?? 0;
    if (this.#runs?.frames !== frames) this.#runs = this.#prepare(frames);
    foldFrames(samples, frames, this.#folded.data);
  }

  /** @returns log10 of power, [melBins, frames], valid until the next call */
  async logMel(signal: AbortSignal | undefined): Promise<Float32Array> {
    await this.#runs?.logMel.run(signal ? { signal } : {});
    return this.#logMel.data;
  }

  /** @returns the largest log10 of power */
  async maximum(signal: AbortSignal | undefined): Promise<number> {
    await this.#runs?.maximum.run(signal ? { signal } : {});
    return this.#maximum.data[0] ?? Number.NEGATIVE_INFINITY;
  }

  #prepare(frames: number): PieceRuns {
    const inputs = { folded: this.#folded.view([4, frames, foldedLength]) };
    return {
      frames,
      logMel: this.#session.prepare(inputs, { logMel: this.#logMel.view([this.#melBins, frames]) }),
      maximum: this.#session.prepare(inputs, { maximum: this.#maximum }),
    };
  }
}

interface PieceRuns {
  readonly frames: number;
  readonly logMel: PreparedRun;
  readonly maximum: PreparedRun;
}

/** Samples that consecutive frames span, and one more to mirror the first on. */
function samplesOf(frames: number): number {
  return (frames - 1) * hopLength + frameLength + 1;
}
