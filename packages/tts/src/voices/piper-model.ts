import type { Voice } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { GaussianNoise } from './gaussian-noise.js';
import { nearest } from './nearest.js';
import type { PiperConfig } from './piper-config.js';
import { encodePiperPhonemes, piperEnds } from './piper-phonemes.js';
import { PiperSessions } from './piper-sessions.js';
import type { EncodedPhonemes, LoadedVoice, Manner, SpeechModel, Utterance } from './speech-model.js';

export interface PiperModelOptions {
  /** Of the converted graphs. */
  readonly directory: string;
  readonly config: PiperConfig;
  readonly voices: readonly Voice[];
  readonly threads: number;
  readonly libraryPath: string | undefined;
}

/** VITS voices were trained on sentences; far longer ones lose their rhythm and take memory. */
const maxPhonemes = 400;

/** A VITS voice (Kim et al., 2021) as Piper exports it. */
export class PiperModel implements SpeechModel {
  readonly architecture = 'piper';
  readonly sampleRate: number;
  readonly frameSamples: number;
  /** A pad follows each phoneme. */
  readonly maxIds = 2 * maxPhonemes;
  readonly leadingIds: number;
  readonly hasNoise = true;
  readonly voices: readonly Voice[];
  readonly #ends: { readonly before: readonly number[]; readonly after: readonly number[] };

  static async open(options: PiperModelOptions): Promise<PiperModel> {
    const { directory, config, threads, libraryPath } = options;
    const sessions = await PiperSessions.open(directory, threads, libraryPath);
    try {
      return new PiperModel(options, sessions, await hopOf(sessions, config));
    } catch (error) {
      await sessions.dispose();
      throw error;
    }
  }

  private constructor(
    private readonly options: PiperModelOptions,
    private readonly sessions: PiperSessions,
    frameSamples: number,
  ) {
    const { config, voices } = options;
    this.voices = voices;
    this.sampleRate = config.sampleRate;
    this.frameSamples = frameSamples;
    this.#ends = piperEnds(config);
    this.leadingIds = this.#ends.before.length;
  }

  async loadVoice(id: string | undefined): Promise<LoadedVoice> {
    const { voices, config } = this.options;
    const voice = id === undefined ? voices[0] : voices.find((one) => one.id === id);
    if (voice) {
      return {
        id: voice.id,
        language: voice.language,
        key: { kind: 'speaker', speaker: config.speakers.get(voice.id) },
      };
    }
    if (id?.includes('*') || id?.includes('+')) {
      throw new FerrumError('Unsupported', `voice: ${id} mixes voices, which a Piper model cannot; name one of them.`, {
        details: { parameter: 'voice' },
      });
    }
    const ids = voices.map((one) => one.id);
    const near = nearest(id ?? '', ids);
    const advice = near.length > 0 ? `did you mean ${near.join(', ')}?` : `it has ${ids.slice(0, 8).join(', ')}.`;
    throw new FerrumError('NotFound', `voice: the model has no voice ${id}; ${advice}`, {
      details: { parameter: 'voice', nearest: near },
    });
  }

  encode(phonemes: string): EncodedPhonemes {
    return encodePiperPhonemes(phonemes, this.options.config);
  }

  async synthesize(ids: readonly number[], manner: Manner, signal: AbortSignal | undefined): Promise<Utterance> {
    const { config } = this.options;
    const { key, speed, seed } = manner;
    const noiseScale = manner.noiseScale ?? config.noiseScale;
    const durationNoiseScale = manner.durationNoiseScale ?? config.durationNoiseScale;
    return this.sessions.run({
      ids: [...this.#ends.before, ...ids, ...this.#ends.after],
      speaker: key.kind === 'speaker' ? key.speaker : undefined,
      noiseScale,
      durationNoiseScale,
      lengthScale: (manner.lengthScale ?? config.lengthScale) / speed,
      noise: noiseScale === 0 && durationNoiseScale === 0 ? undefined : new GaussianNoise(seed),
      signal,
    });
  }

  dispose(): Promise<void> {
    return this.sessions.dispose();
  }
}

/** Samples of a frame: told by a first, short run. */
async function hopOf(sessions: PiperSessions, config: PiperConfig): Promise<number> {
  const { before, after } = piperEnds(config);
  const { samples, durations } = await sessions.run({
    ids: [...before, ...after],
    speaker: 0,
    noiseScale: 0,
    durationNoiseScale: 0,
    lengthScale: 1,
    noise: undefined,
    signal: undefined,
  });
  const frames = durations.reduce((sum, frame) => sum + frame, 0);
  const hop = samples.length / frames;
  if (Number.isInteger(hop) && hop > 0) return hop;
  throw new FerrumError('InvalidFormat', `The voice made ${samples.length} samples of ${frames} frames.`);
}
