import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SpeechChunk, SpeechOptions, SpokenWord, TtsEngine, Voice } from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { type MockEngineOptions, mockEngineBase, mockLife } from './mock-engine.js';
import { checkSpeechOptions, mockSpeakerFeatures, mockVoices, requireVoice } from './mock-speech-options.js';
import { mockStream } from './mock-stream.js';
import { hashOf } from './mock-vectors.js';

export interface MockSpeakerOptions extends MockEngineOptions {
  /** Features that it has; a request that uses another is refused. Default: all in `mockSpeakerFeatures`. */
  readonly features?: readonly string[];
  /** Default: Ann and Ben, both English. */
  readonly voices?: readonly Voice[];
  /** Awaited before each sentence: for delays, and for what a test does in the middle. An error that it throws is the call's. */
  readonly beforeSentence?: (index: number) => unknown;
}

export interface MockSpeaker {
  readonly engine: TtsEngine;
  /** Sentences that it spoke, in the order in which it did. */
  readonly sentences: readonly string[];
}

/** In Hz. */
const sampleRate = 8000;
/** Samples of one frame. */
const frameSamples = 80;
const secondsPerWord = 0.2;

/** Says each word as a tone of its own. The same each time. */
export function mockSpeaker(options: MockSpeakerOptions = {}): MockSpeaker {
  const { features = mockSpeakerFeatures, voices = mockVoices(sampleRate), beforeSentence } = options;
  const life = mockLife('mock-speaker', 'Speaking', options);
  const sentences: string[] = [];

  async function speak(
    text: string | AsyncIterable<string>,
    call: SpeechOptions,
    push: (chunk: SpeechChunk) => Promise<void>,
    signal: AbortSignal,
  ): Promise<number> {
    const isWritten = typeof text === 'object' && text !== null && Symbol.asyncIterator in text;
    if (!isWritten && typeof text !== 'string') throw new FerrumError('InvalidParameter', 'text must be a string.');
    checkSpeechOptions(call, features, isWritten);
    requireVoice(call.voice, voices, features);
    const { speed = 1, sentencePause = 0.3, loudness = -20, chunkFrames, wordTimestamps = false } = call;
    throwIfAborted(signal, 'Speaking');
    let given = 0;
    let count = 0;
    for await (const sentence of isWritten ? sentencesOfPieces(text, signal) : sentencesOf(text)) {
      await (beforeSentence ? beforeSentence(count) : nextTurn());
      throwIfAborted(signal, 'Speaking');
      const words = wordsOf(sentence);
      if (words.length === 0) continue;
      sentences.push(sentence);
      const pause = new Float32Array(count > 0 ? Math.round(sentencePause * sampleRate) : 0);
      const wordSamples = Math.round((secondsPerWord * sampleRate) / speed);
      const samples = new Float32Array(pause.length + words.length * wordSamples);
      for (const [index, word] of words.entries()) {
        samples.set(toneOf(word, wordSamples, loudness), pause.length + index * wordSamples);
      }
      const timed = words.map((word, index): SpokenWord => {
        const start = (given + pause.length + index * wordSamples) / sampleRate;
        return { word, start, end: start + wordSamples / sampleRate };
      });
      const size = chunkFrames === undefined ? samples.length : chunkFrames * frameSamples;
      for (let from = 0; from < samples.length; from += size) {
        const until = (given + from + size) / sampleRate;
        const chunk = { samples: samples.slice(from, from + size), sampleRate };
        const own = timed.filter(({ start }) => start >= (given + from) / sampleRate && start < until);
        await push(wordTimestamps ? { ...chunk, words: own } : chunk);
      }
      given += samples.length;
      count += 1;
    }
    if (count > 0) return count;
    throw new FerrumError('RequestValidation', 'The text has nothing to say.');
  }

  const synthesizeStream = (text: string | AsyncIterable<string>, call: SpeechOptions = {}) =>
    mockStream<SpeechChunk>({
      life,
      what: 'Speaking',
      signal: () => call.signal,
      produce: (push, signal) => speak(text, call, push, signal),
    });

  const engine: TtsEngine = {
    ...mockEngineBase(life),
    ttsSampleRate: () => sampleRate,
    voices: async () => voices,
    synthesizeStream,
    async synthesizeSpeech(text, language, chunkFrames, call) {
      const chunks: Float32Array[] = [];
      const own = { ...(language !== undefined && { language }), ...(chunkFrames !== undefined && { chunkFrames }) };
      for await (const { samples } of synthesizeStream(text, { ...call, ...own })) chunks.push(samples);
      return chunks;
    },
  };
  return { engine, sentences };
}

/** A sine of a pitch of the word's own, as loud as it is wanted, in dBFS. */
function toneOf(word: string, length: number, level: number): Float32Array {
  const pitch = 150 + (hashOf(word.toLowerCase()) % 300);
  const amplitude = Math.min(1, Math.SQRT2 * 10 ** (level / 20));
  return Float32Array.from({ length }, (_, at) => amplitude * Math.sin((2 * Math.PI * pitch * at) / sampleRate));
}

function sentencesOf(text: string): readonly string[] {
  return text.split(/(?<=[.!?])\s+/).filter((sentence) => sentence.trim() !== '');
}

async function* sentencesOfPieces(text: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  const pieces = text[Symbol.asyncIterator]();
  const leave = () => void Promise.resolve(pieces.return?.()).catch(() => undefined);
  signal.addEventListener('abort', leave, { once: true });
  // Nothing that is awaited may outlast who has left.
  const left = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new FerrumError('Cancelled', 'Speaking was cancelled.')), {
      once: true,
    });
  });
  left.catch(() => undefined);
  let rest = '';
  for (;;) {
    const { done, value } = await Promise.race([pieces.next(), left]);
    if (done) break;
    if (typeof value !== 'string') throw new FerrumError('RequestValidation', 'A piece of the text is no string.');
    rest += value;
    const whole = sentencesOf(rest);
    const isOpen = !/[.!?]\s+$/.test(rest);
    rest = isOpen ? (whole.at(-1) ?? '') : '';
    yield* isOpen ? whole.slice(0, -1) : whole;
  }
  signal.removeEventListener('abort', leave);
  yield* sentencesOf(rest);
}

function wordsOf(sentence: string): readonly string[] {
  return sentence.match(/[\p{L}\p{N}\p{M}']+/gu) ?? [];
}
