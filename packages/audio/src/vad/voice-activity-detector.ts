import { readModel, type Session } from '@ferrum/onnx';
import { throwIfAborted } from '@ferrum/registry/errors';
import { openGraph } from '../open-graph.js';
import { requireFinite } from '../waveform/require-finite.js';
import type { Waveform } from '../waveform/waveform.js';
import { sileroGraph } from './silero-graph.js';
import { sileroWeights } from './silero-weights.js';
import { VoiceActivityStream } from './voice-activity-stream.js';
import { windowSamples } from './window-frames.js';
import { WindowSequence, windowsPerRun } from './window-sequence.js';

export interface VoiceActivityDetectorOptions {
  /** Of a Silero VAD model, version 5 or 6: an .onnx file with 16 kHz. */
  readonly path: string;
  /** Default 1: most of the work is a recurrence, where a second thread gains little. */
  readonly threads?: number;
}

export interface ProbabilitiesOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each piece of 10 s, with counts of windows. */
  readonly onProgress?: ((progress: { readonly completed: number; readonly total: number }) => void) | undefined;
}

/** Windows that the detector gives a probability for: of 512 samples each, the last one filled up with silence. */
export function windowCount(lengthInSamples: number): number {
  return Math.floor(lengthInSamples / windowSamples) + 1;
}

/**
 * How probable speech is in every 32 ms of audio, by Silero VAD (github.com/snakers4/silero-vad). Of the model's file only
 * the weights are used; the graph is built anew, for many windows in a run. It computes on a libuv thread. Calls may overlap.
 */
export class VoiceActivityDetector {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  /** @throws FerrumError `NotFound`, `IO`, `InvalidFormat` for a file that cannot be read, `Unsupported` for another model. */
  static async open({ path, threads = 1 }: VoiceActivityDetectorOptions): Promise<VoiceActivityDetector> {
    const weights = sileroWeights(await readModel(path), path);
    return new VoiceActivityDetector(await openGraph(sileroGraph(weights), { intraOpThreads: threads }));
  }

  /**
   * @returns 0 to 1, [windowCount(wave.length)]
   * @throws FerrumError `InvalidParameter` for a sample that is no ordinary number, `Cancelled`.
   */
  async probabilities(wave: Waveform, options: ProbabilitiesOptions = {}): Promise<Float32Array> {
    const { signal, onProgress } = options;
    throwIfAborted(signal, 'Detecting voice activity');
    const count = windowCount(wave.length);
    const probabilities = new Float32Array(count);
    const sequence = new WindowSequence(this.#session);
    const memory = new Float32Array(windowsPerRun * windowSamples);
    for (let window = 0; window < count; window += windowsPerRun) {
      const start = window * windowSamples;
      const end = Math.min(window + windowsPerRun, count) * windowSamples;
      const samples = wave.read(start, end, memory.subarray(0, end - start));
      requireFinite(samples, start);
      probabilities.set(await sequence.advance(samples, signal), window);
      onProgress?.({ completed: end / windowSamples, total: count });
    }
    return probabilities;
  }

  /** For audio that arrives bit by bit. Each stream has a state of its own. */
  stream(): VoiceActivityStream {
    return new VoiceActivityStream(new WindowSequence(this.#session));
  }

  /** Waits for the runs in flight. Calling it again is harmless. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#session.dispose();
  }
}
