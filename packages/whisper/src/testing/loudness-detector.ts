import type { VoiceActivityDetector } from '@ferrum/audio';

const windowSamples = 512;

/** Takes for speech what is loud, without a model. */
export function loudnessDetector(): VoiceActivityDetector {
  return { stream: () => new LoudnessStream() } as unknown as VoiceActivityDetector;
}

class LoudnessStream {
  #rest = new Float32Array(0);

  async push(samples: Float32Array): Promise<Float32Array> {
    const all = new Float32Array(this.#rest.length + samples.length);
    all.set(this.#rest);
    all.set(samples, this.#rest.length);
    const windows = Math.floor(all.length / windowSamples);
    this.#rest = all.slice(windows * windowSamples);
    return Float32Array.from({ length: windows }, (_, window) => {
      const part = all.subarray(window * windowSamples, (window + 1) * windowSamples);
      return part.some((sample) => Math.abs(sample) > 0.01) ? 1 : 0;
    });
  }

  finish(): Promise<Float32Array> {
    return this.push(new Float32Array(windowSamples - this.#rest.length));
  }
}
