import { readFile, stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  AudioInput,
  AudioSamples,
  StreamedSegment,
  TranscribeEngine,
  TranscribeOptions,
  TranscriptionResult,
  TranscriptionSegment,
  TranscriptionStart,
} from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { parseWave } from '../transcription/wave-file.js';
import { type MockEngineOptions, mockEngineBase, mockLife } from './mock-engine.js';
import { mockSegments } from './mock-segments.js';
import { mockStream } from './mock-stream.js';
import { checkTranscribeOptions, mockLanguages, mockTranscriberFeatures } from './mock-transcribe-options.js';

export interface MockTranscriberOptions extends MockEngineOptions {
  /** Features that it has; a request that uses another is refused. Default: all in `mockTranscriberFeatures`. */
  readonly features?: readonly string[];
  /** What it hears wherever there is a sound. Default `one two three four five six seven eight`. */
  readonly text?: string;
  /** What it detects; ISO 639-1. Default `en`. */
  readonly language?: string;
  /** Awaited before each segment: for delays, and for what a test does in the middle. An error that it throws is the call's. */
  readonly beforeSegment?: (index: number) => unknown;
}

export interface MockTranscriber {
  readonly engine: TranscribeEngine;
  /** Of the calls, as they came. */
  readonly requests: readonly TranscribeOptions[];
}

/** Hears one text in every sound, nothing in silence. It reads mono WAV files of 16-bit PCM or 32-bit floats. The same each time. */
export function mockTranscriber(options: MockTranscriberOptions = {}): MockTranscriber {
  const { features = mockTranscriberFeatures, language: heard = 'en', beforeSegment } = options;
  const { text = 'one two three four five six seven eight' } = options;
  const life = mockLife('mock-transcriber', 'Transcribing', options);
  const requests: TranscribeOptions[] = [];

  async function* segmentsOf(audio: AudioSamples, call: TranscribeOptions, signal: AbortSignal, firstId = 0) {
    const duration = audio.samples.length / audio.sampleRate;
    let id = firstId;
    for (const segment of mockSegments(audio, text, call)) {
      await (beforeSegment ? beforeSegment(id) : nextTurn());
      throwIfAborted(signal, 'Transcribing');
      call.onProgress?.({ completed: segment.end, total: duration });
      yield { ...segment, id } satisfies TranscriptionSegment;
      id += 1;
    }
    call.onProgress?.({ completed: duration, total: duration });
  }

  function startOf({ samples, sampleRate }: AudioSamples, { language }: TranscribeOptions): TranscriptionStart {
    const duration = samples.length / sampleRate;
    if (language !== undefined || !features.includes('language-detection')) {
      return { language: language ?? heard, languageProbability: 1, duration };
    }
    const others = mockLanguages.filter((one) => one !== heard);
    const rest = others.map((one) => [one, 0.2 / others.length] as const);
    const languageProbabilities = Object.fromEntries([[heard, 0.8], ...rest]);
    return { language: heard, languageProbability: 0.8, languageProbabilities, duration };
  }

  async function transcribe(input: AudioInput, call: TranscribeOptions = {}): Promise<TranscriptionResult> {
    life.requireOpen();
    checkTranscribeOptions(call, features);
    requests.push(call);
    const segments: TranscriptionSegment[] = [];
    let start: TranscriptionStart | undefined;
    await life.call(call.signal, async (signal) => {
      throwIfAborted(signal, 'Transcribing');
      const audio = await readAudio(input);
      start = startOf(audio, call);
      call.onStart?.(start);
      for await (const segment of segmentsOf(audio, call, signal)) segments.push(segment);
      return segments.length;
    });
    if (!start) throw new FerrumError('Internal', 'The transcription did not start.');
    return {
      ...start,
      task: call.task ?? 'transcribe',
      text: segments
        .map((segment) => segment.text)
        .join('')
        .trim(),
      segments,
      ...(call.wordTimestamps && { words: segments.flatMap(({ words = [] }) => words) }),
    };
  }

  function transcribeStream(
    input: AudioInput | AsyncIterable<AudioSamples>,
    call: TranscribeOptions = {},
  ): AsyncIterable<StreamedSegment> {
    const isLive = typeof input === 'object' && input !== null && Symbol.asyncIterator in input;
    return mockStream<StreamedSegment>({
      life,
      what: 'Transcribing',
      signal: () => call.signal,
      async produce(push, signal) {
        checkTranscribeOptions(call, features, isLive ? 'live' : 'streaming');
        requests.push(call);
        throwIfAborted(signal, 'Transcribing');
        if (isLive) return listen(input, call, push, signal);
        let count = 0;
        for await (const segment of segmentsOf(await readAudio(input), call, signal)) {
          await push({ ...segment, final: true });
          count += 1;
        }
        return count;
      },
    });
  }

  /** What has been said so far is shown once, after two seconds; all of it when the audio ends. */
  async function listen(
    audio: AsyncIterable<AudioSamples>,
    call: TranscribeOptions,
    push: (segment: StreamedSegment) => Promise<void>,
    signal: AbortSignal,
  ): Promise<number> {
    const heardSamples: number[] = [];
    let sampleRate = 16_000;
    let isShown = false;
    const pieces = audio[Symbol.asyncIterator]();
    const leave = () => void Promise.resolve(pieces.return?.()).catch(() => undefined);
    signal.addEventListener('abort', leave, { once: true });
    for (;;) {
      const { done, value } = await pieces.next();
      throwIfAborted(signal, 'Transcribing');
      if (done) break;
      requireSamples(value);
      sampleRate = value.sampleRate;
      for (const sample of value.samples) heardSamples.push(sample);
      if (isShown || heardSamples.length < 2 * sampleRate) continue;
      const [first] = mockSegments({ samples: Float32Array.from(heardSamples), sampleRate }, text, call);
      if (first) await push({ ...first, id: 0, final: false });
      isShown = first !== undefined;
    }
    signal.removeEventListener('abort', leave);
    let count = 0;
    for await (const segment of segmentsOf({ samples: Float32Array.from(heardSamples), sampleRate }, call, signal)) {
      await push({ ...segment, final: true });
      count += 1;
    }
    return count;
  }

  const withLanguage = (language: string | undefined) => (language === undefined ? {} : { language });
  const engine: TranscribeEngine = {
    ...mockEngineBase(life),
    transcribe,
    transcribeStream,
    async transcribeFile(path, language, call) {
      if (typeof path !== 'string') throw new FerrumError('InvalidParameter', 'path must be a text.');
      return (await transcribe(path, { ...call, ...withLanguage(language) })).text;
    },
    async transcribeBytes(bytes, language, call) {
      if (!(bytes instanceof Uint8Array)) throw new FerrumError('InvalidParameter', 'bytes must be a Uint8Array.');
      return (await transcribe(bytes, { ...call, ...withLanguage(language) })).text;
    },
  };
  return { engine, requests };
}

async function readAudio(input: AudioInput): Promise<AudioSamples> {
  if (typeof input === 'string') {
    const found = await stat(input).catch(() => undefined);
    if (!found) throw new FerrumError('NotFound', `There is no file ${input}.`);
    if (!found.isFile()) throw new FerrumError('IO', `${input} is no file.`);
    return readAudio(await readFile(input));
  }
  if (input instanceof Uint8Array) {
    const audio = parsed(input);
    if (audio.samples.length > 0) return audio;
    throw new FerrumError('InvalidFormat', 'The audio has no samples.');
  }
  requireSamples(input);
  return input;
}

function parsed(bytes: Uint8Array): AudioSamples {
  try {
    return parseWave(bytes, 'The audio');
  } catch (cause) {
    throw new FerrumError('InvalidFormat', 'The audio is no mono WAV file, all that a mock reads.', { cause });
  }
}

function requireSamples(audio: unknown): asserts audio is AudioSamples {
  const { samples, sampleRate } = (audio ?? {}) as Partial<AudioSamples>;
  const isFine = samples instanceof Float32Array && samples.length > 0 && samples.every(Number.isFinite);
  if (isFine && sampleRate !== undefined && sampleRate > 0 && Number.isFinite(sampleRate)) return;
  throw new FerrumError('InvalidParameter', 'audio must be a path, bytes, or finite samples at a rate above 0 Hz.');
}
