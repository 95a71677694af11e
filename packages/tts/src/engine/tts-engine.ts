import type {
  CallOptions,
  EngineConfig,
  EngineMetrics,
  EngineStatus,
  HealthStatus,
  ModelManifest,
  ShutdownOptions,
  SpeechChunk,
  SpeechOptions,
  TtsEngine,
  Voice,
} from '@ferrum/interfaces';
import { eitherSignal, HandOver } from '@ferrum/registry/concurrency';
import { EngineLife } from '@ferrum/registry/engine';
import { FerrumError } from '@ferrum/registry/errors';
import { derivedSeed } from '../voices/gaussian-noise.js';
import type { LoadedVoice, SpeechModel } from '../voices/speech-model.js';
import type { CheckedEngineOptions } from './engine-options.js';
import { checkSpeechOptions, type SpeechSettings } from './speech-settings.js';
import { SpeechTrack } from './speech-track.js';
import type { SpeechUnit } from './speech-unit.js';
import { type OpenPhonemizer, speechUnits } from './speech-units.js';
import { SynthesisQueue } from './synthesis-queue.js';
import { version } from './version.js';
import { workAhead } from './work-ahead.js';

/** Of a stream, at work or waiting: one in the model and one to follow it at once. */
const unitsAhead = 2;

export interface TtsEngineParts {
  readonly manifest: ModelManifest;
  readonly model: SpeechModel;
  readonly options: CheckedEngineOptions;
  readonly openPhonemizer: OpenPhonemizer;
  readonly arithmetic: 'int8' | 'float32';
}

/**
 * Speaks with a Piper or Kokoro voice. A frame, in which `chunkFrames` counts, is 256 samples for Piper's voices (11.6 ms at
 * 22,050 Hz) and 600 for Kokoro (25 ms); `frameSamples` says it.
 */
export class SpeechEngine implements TtsEngine {
  readonly specificationVersion = '1';
  readonly #parts: TtsEngineParts;
  readonly #life: EngineLife;
  readonly #queue: SynthesisQueue;

  constructor(parts: TtsEngineParts) {
    this.#parts = parts;
    const { manifest, model, options } = parts;
    const { maxRequests, drainTimeoutMs } = options;
    const life = new EngineLife({
      ...{ manifest, version, maxRequests, drainTimeoutMs },
      what: 'Speaking',
      timedParts: ['modelExecutionTimeMs'],
      dispose: () => model.dispose(),
    });
    this.#life = life;
    this.#queue = new SynthesisQueue(model, {
      onRun: (ms) => life.ran(ms),
      onFailure: (error) => {
        life.recorder.backendError = error;
      },
      onWait: (ms) => life.recorder.leftQueue(ms),
    });
    life.attach({
      waiting: () => this.#queue.waiting,
      metrics: () => ({ waitingClauses: this.#queue.waiting, runningClauses: this.#queue.isRunning ? 1 : 0 }),
      idle: () => this.#queue.idle(),
    });
  }

  get modelId(): string {
    return this.#life.modelId;
  }

  /** Samples of a frame. */
  get frameSamples(): number {
    return this.#parts.model.frameSamples;
  }

  ttsSampleRate(): number {
    return this.#parts.model.sampleRate;
  }

  async voices(): Promise<readonly Voice[]> {
    return this.#parts.model.voices;
  }

  async synthesizeSpeech(
    text: string,
    language?: string,
    chunkFrames?: number,
    options: CallOptions = {},
  ): Promise<readonly Float32Array[]> {
    const chunks: Float32Array[] = [];
    const own: SpeechOptions = {
      ...options,
      ...(language === undefined ? {} : { language }),
      ...(chunkFrames === undefined ? {} : { chunkFrames }),
    };
    for await (const { samples } of this.synthesizeStream(text, own)) chunks.push(samples);
    return chunks;
  }

  synthesizeStream(
    text: string | AsyncIterable<string>,
    options: SpeechOptions = {},
  ): AsyncGenerator<SpeechChunk, void, undefined> {
    const left = new AbortController();
    const stream = this.#stream(text, options, left);
    const end = stream.return.bind(stream);
    return Object.assign(stream, {
      // By itself a generator ends only after what it waits for: a text that is never finished would hold up who leaves.
      return: () => {
        left.abort();
        return end();
      },
    });
  }

  status(): Promise<EngineStatus> {
    return this.#life.status();
  }

  config(): EngineConfig {
    const { manifest, model, options, arithmetic } = this.#parts;
    const { modelId } = this.#life;
    const { threads, phonemizer, maxRequests, drainTimeoutMs } = options;
    return {
      model: {
        modelId,
        modelInfo: {
          modelId,
          modelType: model.architecture,
          device: 'cpu',
          ...(manifest.license === undefined ? {} : { license: manifest.license }),
          metadata: {
            sampleRate: model.sampleRate,
            frameSamples: model.frameSamples,
            voices: model.voices.length,
          },
        },
      },
      backend: {
        backendType: 'onnxruntime',
        device: 'cpu',
        dtype: 'float32',
        backendOptions: {
          ...{ threads, arithmetic, maxRequests, drainTimeoutMs },
          phonemizer: typeof phonemizer === 'string' ? phonemizer : 'given',
        },
      },
    };
  }

  metrics(): EngineMetrics {
    return this.#life.metrics();
  }

  healthCheck(): Promise<HealthStatus> {
    return this.#life.healthCheck();
  }

  shutdown(options?: ShutdownOptions): Promise<void> {
    return this.#life.shutdown(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  async *#stream(
    text: string | AsyncIterable<string>,
    options: SpeechOptions,
    left: AbortController,
  ): AsyncGenerator<SpeechChunk, void, undefined> {
    this.#life.requireOpen();
    requireText(text);
    const settings = this.#check(options);
    const chunks = new HandOver<SpeechChunk>('Speaking');
    const ending = eitherSignal([settings.signal, left.signal]);
    const work = this.#life.call(ending.signal, async (either) => this.#speak(text, settings, chunks, either));
    work.then(
      () => chunks.end(),
      // Who has left does not want to know that it ended the work.
      (error: unknown) => chunks.end(left.signal.aborted ? undefined : { error }),
    );
    try {
      yield* chunks;
    } finally {
      left.abort();
      await work.catch(() => undefined);
      ending.stop();
    }
  }

  #check(options: SpeechOptions): SpeechSettings {
    const settings = checkSpeechOptions(options);
    const { model } = this.#parts;
    for (const name of ['noiseScale', 'durationNoiseScale', 'lengthScale'] as const) {
      if (settings[name] === undefined || model.hasNoise) continue;
      const advice = name === 'lengthScale' ? 'use speed' : 'its speech is the same each time';
      throw new FerrumError('Unsupported', `${name}: a ${model.architecture} model has none; ${advice}.`, {
        details: { parameter: name },
      });
    }
    return settings;
  }

  /** @returns the phonemes that were spoken */
  async #speak(
    text: string | AsyncIterable<string>,
    settings: SpeechSettings,
    chunks: HandOver<SpeechChunk>,
    signal: AbortSignal,
  ): Promise<number> {
    const { model, openPhonemizer } = this.#parts;
    const voice = await model.loadVoice(settings.voice);
    const { emoji, sentencePause } = settings;
    const language = settings.language ?? voice.language;
    const track = new SpeechTrack(model, settings);
    const warn = (warnings: readonly string[]) => track.warn(warnings);
    const { speed, wordTimestamps, lengthScale = 1 } = settings;
    const stretch = lengthScale / speed;
    const units = speechUnits(text, model, openPhonemizer, {
      ...{ language, emoji, sentencePause, speed, stretch, wordTimestamps, signal, warn },
    });
    const seed = settings.seed ?? Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    let spoken = 0;
    let asked = 0;
    const synthesize = (unit: SpeechUnit) => {
      const manner = mannerOf(settings, voice, derivedSeed(seed, asked));
      asked += 1;
      spoken += unit.ids.length;
      return this.#queue.synthesize(track, unit.ids, manner, signal);
    };
    for await (const [unit, utterance] of workAhead(units, synthesize, unitsAhead, signal)) {
      for (const chunk of track.add(unit, utterance)) await chunks.push(chunk, signal);
    }
    for (const chunk of track.end()) await chunks.push(chunk, signal);
    if (asked > 0) return spoken;
    throw new FerrumError(
      'RequestValidation',
      'The text has nothing to say: it is empty, or holds only marks, emoji or characters that have no sound.',
    );
  }
}

function mannerOf(settings: SpeechSettings, voice: LoadedVoice, seed: number) {
  const { speed, noiseScale, durationNoiseScale, lengthScale } = settings;
  return { key: voice.key, speed, noiseScale, durationNoiseScale, lengthScale, seed };
}

function requireText(text: unknown): void {
  const isStream = typeof text === 'object' && text !== null && Symbol.asyncIterator in text;
  if (typeof text === 'string' || isStream) return;
  throw new FerrumError('InvalidParameter', 'text must be a string, or an async iterable of strings.', {
    details: { parameter: 'text' },
  });
}
