import { joinSegments, loadWaveform, type VoiceActivityDetector, type Waveform } from '@ferrum/audio';
import type {
  AudioInput,
  AudioSamples,
  CallOptions,
  EngineConfig,
  EngineMetrics,
  EngineStatus,
  HealthStatus,
  ShutdownOptions,
  StreamedSegment,
  TranscribeEngine,
  TranscribeOptions,
  TranscriptionResult,
  TranscriptionSegment,
} from '@ferrum/interfaces';
import { eitherSignal, HandOver } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import { transcribeLive } from '../live/transcribe-live.js';
import { requireLanguage } from '../transcribe/detect-language.js';
import type { SpeechModel } from '../transcribe/speech-model.js';
import { checkTranscribeOptions, type TranscribeSettings } from '../transcribe/transcribe-settings.js';
import { type Transcription, transcribeWaveform } from '../transcribe/transcribe-waveform.js';
import type { EngineCore } from './engine-core.js';
import type { CheckedEngineOptions } from './engine-options.js';

export interface WhisperEngineParts {
  readonly core: EngineCore;
  readonly model: SpeechModel;
  readonly options: CheckedEngineOptions;
  /** Opened on first use. */
  readonly openDetector: (signal: AbortSignal | undefined) => Promise<VoiceActivityDetector>;
}

/** Transcribes speech with a Whisper model; what different callers want at the same time is decoded together. */
export class WhisperEngine implements TranscribeEngine {
  readonly specificationVersion = '1';
  readonly modelId: string;
  readonly #parts: WhisperEngineParts;

  constructor(parts: WhisperEngineParts) {
    this.#parts = parts;
    this.modelId = parts.core.modelId;
  }

  async transcribeFile(path: string, language?: string, options: CallOptions = {}): Promise<string> {
    if (typeof path !== 'string') throw invalid('path', 'path must be a text; use transcribeBytes for bytes.');
    const { text } = await this.transcribe(path, { ...options, ...(language === undefined ? {} : { language }) });
    return text;
  }

  async transcribeBytes(bytes: Uint8Array, language?: string, options: CallOptions = {}): Promise<string> {
    if (!(bytes instanceof Uint8Array)) {
      throw invalid('bytes', 'bytes must be a Uint8Array; use transcribeFile for a path.');
    }
    const { text } = await this.transcribe(bytes, { ...options, ...(language === undefined ? {} : { language }) });
    return text;
  }

  async transcribe(audio: AudioInput, options: TranscribeOptions = {}): Promise<TranscriptionResult> {
    const settings = this.#check(options, 'recorded');
    const segments: TranscriptionSegment[] = [];
    let done: { readonly transcription: Transcription; readonly wave: Waveform } | undefined;
    await this.#parts.core.call(settings.signal, async (signal) => {
      done = await this.#start(audio, { ...settings, signal });
      for await (const segment of done.transcription.segments) segments.push(segment);
      return segments.reduce((sum, { tokens }) => sum + tokens.length, 0);
    });
    if (!done) throw new FerrumError('Internal', 'The transcription did not start.');
    const { transcription, wave } = done;
    const { segments: _, ...language } = transcription;
    return joinSegments({ ...language, duration: wave.duration }, segments, settings);
  }

  transcribeStream(
    audio: AudioInput | AsyncIterable<AudioSamples>,
    options: TranscribeOptions = {},
  ): AsyncGenerator<StreamedSegment, void, undefined> {
    const left = new AbortController();
    const stream = this.#stream(audio, options, left);
    const end = stream.return.bind(stream);
    return Object.assign(stream, {
      // By itself a generator ends only after what it waits for: a microphone that says nothing would hold up who leaves.
      return: () => {
        left.abort();
        return end();
      },
    });
  }

  async *#stream(
    audio: AudioInput | AsyncIterable<AudioSamples>,
    options: TranscribeOptions,
    left: AbortController,
  ): AsyncGenerator<StreamedSegment, void, undefined> {
    const settings = this.#check(options, isLive(audio) ? 'live' : 'recorded');
    const { core, model } = this.#parts;
    const segments = new HandOver<StreamedSegment>('Transcribing');
    const ending = eitherSignal([settings.signal, left.signal]);
    const work = core.call(ending.signal, async (either) => {
      const own = { ...settings, signal: either };
      let tokens = 0;
      const found = isLive(audio)
        ? transcribeLive(model, audio, own, await this.#parts.openDetector(either))
        : final((await this.#start(audio, own)).transcription.segments);
      for await (const segment of found) {
        if (segment.final) tokens += segment.tokens.length;
        await segments.push(segment, either);
      }
      return tokens;
    });
    work.then(
      () => segments.end(),
      // Who has left does not want to know that it ended the work.
      (error: unknown) => segments.end(left.signal.aborted ? undefined : { error }),
    );
    try {
      yield* segments;
    } finally {
      left.abort();
      await work.catch(() => undefined);
      ending.stop();
    }
  }

  status(): Promise<EngineStatus> {
    return this.#parts.core.status();
  }

  config(): EngineConfig {
    return this.#parts.core.config();
  }

  metrics(): EngineMetrics {
    return this.#parts.core.metrics();
  }

  healthCheck(): Promise<HealthStatus> {
    return this.#parts.core.healthCheck();
  }

  shutdown(options?: ShutdownOptions): Promise<void> {
    return this.#parts.core.shutdown(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #check(options: TranscribeOptions, source: 'recorded' | 'live'): TranscribeSettings {
    this.#parts.core.requireOpen();
    const settings = checkTranscribeOptions(options, source);
    const { loop, tokens, config } = this.#parts.model;
    const { maxRows } = loop;
    for (const name of ['beamSize', 'bestOf'] as const) {
      if (settings[name] <= maxRows) continue;
      throw invalid(
        name,
        `${name}: ${settings[name]} is more than the ${maxRows} sequences of this engine (maxBatchSize).`,
      );
    }
    requireLanguage(tokens, settings);
    // Throws for ids that the model lacks.
    tokens.suppressedTokens(settings.suppressTokens);
    const { initialPrompt } = settings;
    const unknown =
      typeof initialPrompt === 'object' ? initialPrompt.find((id) => id >= config.vocabularySize) : undefined;
    if (unknown !== undefined) {
      const last = config.vocabularySize - 1;
      throw invalid(
        'initialPrompt',
        `initialPrompt holds the token ${unknown}; those of the model go from 0 to ${last}.`,
      );
    }
    return settings;
  }

  async #start(audio: AudioInput, settings: TranscribeSettings) {
    const { model, options, openDetector } = this.#parts;
    const { signal } = settings;
    const limits = { maxBytes: options.maxAudioBytes, maxDurationSeconds: options.maxAudioSeconds };
    const wave = await loadWaveform(audio, { signal, ...limits });
    const transcription = await transcribeWaveform(model, wave, settings, () => openDetector(signal));
    return { transcription, wave };
  }
}

function isLive(audio: AudioInput | AsyncIterable<AudioSamples>): audio is AsyncIterable<AudioSamples> {
  return typeof audio === 'object' && audio !== null && Symbol.asyncIterator in audio;
}

async function* final(segments: AsyncIterable<TranscriptionSegment>): AsyncGenerator<StreamedSegment> {
  for await (const segment of segments) yield { ...segment, final: true };
}

function invalid(parameter: string, message: string): FerrumError {
  return new FerrumError('InvalidParameter', message, { details: { parameter } });
}
