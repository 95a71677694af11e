import { joinSegments, loadWaveform, parseLanguage } from '@ferrum/audio';
import type {
  AudioInput,
  StreamedSegment,
  TranscribeEngine,
  TranscribeOptions,
  TranscriptionStart,
} from '@ferrum/interfaces';
import { throwIfAborted } from '@ferrum/registry/errors';
import { fakeEngineBase } from './fake-engine-base.js';

export interface FakeTranscriberOptions {
  /** Of the segments, a second each; an error is thrown in its place. */
  readonly texts?: readonly (string | Error)[];
  /** Awaited before each segment. */
  readonly beforeSegment?: (index: number, signal: AbortSignal | undefined) => unknown;
}

export interface FakeTranscriber {
  readonly engine: TranscribeEngine;
  /** As they came. */
  readonly calls: { readonly audio: unknown; readonly options: TranscribeOptions }[];
  /** Transcriptions under way. */
  readonly active: number;
}

/** Decodes what it is given, and hears the same in it always. */
export function fakeTranscriber(options: FakeTranscriberOptions = {}): FakeTranscriber {
  const { texts = [' Hello there.', ' How <are> you? '], beforeSegment } = options;
  const calls: FakeTranscriber['calls'] = [];
  let active = 0;

  async function* transcribeStream(audio: AudioInput, given: TranscribeOptions = {}): AsyncGenerator<StreamedSegment> {
    calls.push({ audio, options: given });
    active += 1;
    try {
      const { signal, onStart, language } = given;
      const known =
        language === undefined
          ? { language: 'fr', languageProbability: 0.75, languageProbabilities: { fr: 0.75, en: 0.25 } }
          : { language: parseLanguage(language), languageProbability: 1 };
      const { duration } = await loadWaveform(audio, { ...(signal && { signal }) });
      onStart?.({ ...known, duration });
      for (const [id, text] of texts.entries()) {
        await beforeSegment?.(id, signal);
        throwIfAborted(signal, 'Transcribing');
        if (text instanceof Error) throw text;
        yield segmentOf(id, text, given.wordTimestamps);
      }
    } finally {
      active -= 1;
    }
  }

  const transcribe: TranscribeEngine['transcribe'] = async (audio, given = {}) => {
    let start: TranscriptionStart = { language: '', duration: 0 };
    const onStart: TranscribeOptions['onStart'] = (known) => {
      start = known;
    };
    const segments = [];
    for await (const { final: _, ...segment } of transcribeStream(audio, { ...given, onStart })) segments.push(segment);
    return joinSegments(start, segments, given);
  };

  const engine: TranscribeEngine = {
    ...fakeEngineBase('fake-transcriber', () => active),
    transcribe,
    transcribeStream: (audio, given) => {
      if (typeof audio === 'object' && Symbol.asyncIterator in audio) throw new Error('only whole audio');
      return transcribeStream(audio, given);
    },
    transcribeFile: async (path) => (await transcribe(path)).text,
    transcribeBytes: async (bytes) => (await transcribe(bytes)).text,
  };
  return {
    engine,
    calls,
    get active() {
      return active;
    },
  };
}

function segmentOf(id: number, text: string, wordTimestamps = false): StreamedSegment {
  return {
    ...{ id, seek: 0, start: id, end: id + 1, text, tokens: [id], temperature: 0, final: true },
    ...{ avgLogprob: -0.5, compressionRatio: 1.5, noSpeechProb: 0.25 },
    ...(wordTimestamps && { words: [{ word: text, start: id, end: id + 1, probability: 0.5 }] }),
  };
}
