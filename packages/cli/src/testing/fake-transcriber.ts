import type {
  AudioInput,
  AudioSamples,
  Plugin,
  TranscribeEngine,
  TranscribeOptions,
  TranscriptionResult,
  TranscriptionSegment,
} from '@ferrum/interfaces';
import { definePlugin, FerrumError } from '@ferrum/registry';
import { FakeOpenings, unused } from './fake-openings.js';

export interface FakeTranscriber {
  readonly plugin: Plugin;
  /** Calls in the order they came. */
  readonly calls: {
    readonly method: 'transcribe' | 'transcribeStream';
    readonly audio: AudioInput;
    readonly options: TranscribeOptions;
  }[];
  /** Options the engine was opened with. */
  readonly options: Readonly<Record<string, unknown>>[];
  /** Engines that were opened and not yet shut down. */
  readonly open: number;
}

export interface FakeTranscriberOptions {
  /** Texts of the segments of an audio, each 2 s long. Default: `[' Hello.', ' Bye.']`. */
  readonly texts?: (audio: AudioInput) => readonly string[];
  /** Called before each segment; what it returns is awaited. */
  readonly before?: (audio: AudioInput, index: number) => unknown;
}

/** A plugin whose engine hears what it is told to. */
export function fakeTranscriber(behaviour: FakeTranscriberOptions = {}): FakeTranscriber {
  const { texts = () => [' Hello.', ' Bye.'], before = () => {} } = behaviour;
  const calls: FakeTranscriber['calls'] = [];
  const openings = new FakeOpenings();

  async function* hear(audio: AudioInput, call: TranscribeOptions): AsyncGenerator<TranscriptionSegment> {
    const heard = texts(audio);
    for (const [id, text] of heard.entries()) {
      await before(audio, id);
      if (call.signal?.aborted) throw new FerrumError('Cancelled', 'Transcribing was cancelled.');
      yield fakeSegment(id, text, call.wordTimestamps === true);
      call.onProgress?.({ completed: 2 * (id + 1), total: 2 * heard.length });
    }
  }

  const engine: TranscribeEngine = {
    ...openings.engine,
    transcribeFile: unused,
    transcribeBytes: unused,
    transcribe: async (audio, call = {}): Promise<TranscriptionResult> => {
      calls.push({ method: 'transcribe', audio, options: call });
      const segments: TranscriptionSegment[] = [];
      for await (const segment of hear(audio, call)) segments.push(segment);
      return {
        text: segments
          .map(({ text }) => text)
          .join('')
          .trim(),
        task: call.task ?? 'transcribe',
        language: call.language ?? 'en',
        languageProbability: 0.9,
        duration: 2 * segments.length,
        segments,
        ...(call.wordTimestamps && { words: segments.flatMap(({ words = [] }) => words) }),
      };
    },
    transcribeStream: async function* (audio: AudioInput | AsyncIterable<AudioSamples>, call: TranscribeOptions = {}) {
      if (typeof audio === 'object' && Symbol.asyncIterator in audio) throw new Error('the command has no live audio');
      calls.push({ method: 'transcribeStream', audio, options: call });
      const duration = 2 * texts(audio).length;
      call.onStart?.({ language: call.language ?? 'en', languageProbability: 0.9, duration });
      for await (const segment of hear(audio, call)) yield { ...segment, final: true };
    },
  };
  const plugin = definePlugin({
    specificationVersion: '1',
    name: 'fake-transcriber',
    version: '1.2.3',
    register: (registry) => registry.register(openings.descriptor('fake-transcriber/engine', 'transcription', engine)),
  });
  return {
    plugin,
    calls,
    options: openings.options,
    get open() {
      return openings.open;
    },
  };
}

function fakeSegment(id: number, text: string, withWords: boolean): TranscriptionSegment {
  const words = text.trim().split(' ');
  const length = 2 / words.length;
  return {
    id,
    seek: 0,
    start: 2 * id,
    end: 2 * id + 2,
    text,
    tokens: [id],
    temperature: 0,
    avgLogprob: -0.25,
    compressionRatio: 1,
    noSpeechProb: 0.125,
    ...(withWords && {
      words: words.map((word, index) => ({
        word: ` ${word}`,
        start: 2 * id + index * length,
        end: 2 * id + (index + 1) * length,
        probability: 1,
      })),
    }),
  };
}
