import { type Session, Tensor } from '@ferrum/onnx';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { openGraph } from '../open-graph.js';
import type { Waveform } from '../waveform/waveform.js';
import { halfFrame, hopLength } from './fold-frames.js';
import { logMelGraph, powerFloor } from './log-mel-graph.js';
import { LogMelPiece } from './log-mel-piece.js';
import { spectrumBins } from './mel-filters.js';

export interface LogMelOptions {
  /** 80, or 128 for the large-v3 models of Whisper. */
  readonly melBins: number;
  /** Default 1: a run is short, and a second thread gains little. */
  readonly threads?: number;
}

export interface ComputeOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Frames of a whole signal as faster-whisper counts them: one centred on every 160th sample, the first on sample 0. */
export function frameCount(wave: Waveform): number {
  return Math.floor(wave.length / hopLength) + 1;
}

/**
 * Whisper's log-mel spectrogram at 16 kHz: frames of 400 samples every 160, periodic Hann window, power spectrum, Slaney
 * mel filters up to 8000 Hz, log10 (Radford et al. 2022, section 2.2). It computes on a libuv thread. Calls may overlap.
 */
export class LogMel {
  readonly melBins: number;
  readonly #session: Session;
  readonly #idle: LogMelPiece[] = [];

  private constructor(melBins: number, session: Session) {
    this.melBins = melBins;
    this.#session = session;
  }

  /** @throws FerrumError `InvalidParameter` for an option out of range; as `openGraph` does. */
  static async open({ melBins, threads = 1 }: LogMelOptions): Promise<LogMel> {
    if (!Number.isInteger(melBins) || melBins < 1 || melBins > spectrumBins) {
      const message = `melBins must be a whole number from 1 to ${spectrumBins}, as 80 or 128; got ${melBins}.`;
      throw new FerrumError('InvalidParameter', message);
    }
    return new LogMel(melBins, await openGraph(logMelGraph(melBins), { intraOpThreads: threads }));
  }

  /**
   * Frames [startFrame, endFrame) of the whole signal; frame t is centred on sample 160·t. Before its start the signal is
   * mirrored, after its end it is 0, so a frame beyond the audio is −10 throughout. How a signal is divided into calls
   * does not change a frame.
   * @returns log10 of power, at least −10: [melBins, endFrame − startFrame], row-major
   * @throws FerrumError `InvalidParameter` for frames out of order or a sample that is no ordinary number, `Cancelled`.
   */
  async compute(
    wave: Waveform,
    startFrame: number,
    endFrame: number,
    { signal }: ComputeOptions = {},
  ): Promise<Float32Array> {
    requireFrames(startFrame, endFrame);
    const frames = endFrame - startFrame;
    const features = Tensor.allocate('float32', [this.melBins, frames]).data;
    // Beyond the last frame that any sample reaches there is nothing to compute.
    const audibleEnd = Math.min(endFrame, Math.ceil((wave.length + halfFrame - 1) / hopLength));
    const audible = Math.max(0, audibleEnd - startFrame);
    for (let mel = 0; mel < this.melBins; mel++) features.fill(logFloor, mel * frames + audible, (mel + 1) * frames);
    await this.#eachPiece(wave, startFrame, audibleEnd, signal, async (piece, start, count) => {
      const rows = await piece.logMel(signal);
      for (let mel = 0; mel < this.melBins; mel++) {
        features.set(rows.subarray(mel * count, (mel + 1) * count), mel * frames + start - startFrame);
      }
    });
    return features;
  }

  /**
   * The largest value of all `frameCount` frames, by which faster-whisper normalises; the frames themselves are not kept.
   * @throws FerrumError as `compute` does.
   */
  async maximum(wave: Waveform, { signal }: ComputeOptions = {}): Promise<number> {
    let largest = logFloor;
    await this.#eachPiece(wave, 0, frameCount(wave), signal, async (piece) => {
      largest = Math.max(largest, await piece.maximum(signal));
    });
    return largest;
  }

  /** Waits for the runs in flight. Calling it again is harmless. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#session.dispose();
  }

  async #eachPiece(
    wave: Waveform,
    startFrame: number,
    endFrame: number,
    signal: AbortSignal | undefined,
    visitPiece: (piece: LogMelPiece, start: number, frames: number) => Promise<void>,
  ): Promise<void> {
    throwIfAborted(signal, 'Computing log-mel features');
    if (startFrame >= endFrame) return;
    const framesFrom = (start: number) => Math.min(pieceFrames, endFrame - start);
    let piece = this.#takePiece();
    let nextPiece = this.#takePiece();
    try {
      piece.load(wave, startFrame, framesFrom(startFrame));
      for (let start = startFrame; start < endFrame; start += pieceFrames) {
        const visit = visitPiece(piece, start, framesFrom(start));
        try {
          // Prepared while the other one runs on its thread.
          const next = start + pieceFrames;
          if (next < endFrame) nextPiece.load(wave, next, framesFrom(next));
        } finally {
          await visit;
        }
        [piece, nextPiece] = [nextPiece, piece];
      }
    } finally {
      this.#idle.push(piece, nextPiece);
    }
  }

  #takePiece(): LogMelPiece {
    return this.#idle.pop() ?? new LogMelPiece(this.#session, this.melBins, pieceFrames);
  }
}

/** Frames of one run: 5 s. What a run needs then stays in the processor's cache, and to prepare it takes half a millisecond. */
const pieceFrames = 500;
const logFloor = Math.log10(powerFloor);

function requireFrames(startFrame: number, endFrame: number): void {
  if (Number.isSafeInteger(startFrame) && startFrame >= 0 && Number.isSafeInteger(endFrame) && endFrame >= startFrame) {
    return;
  }
  const message = `Frames must be whole numbers with 0 ≤ startFrame ≤ endFrame; got ${startFrame} and ${endFrame}.`;
  throw new FerrumError('InvalidParameter', message);
}
