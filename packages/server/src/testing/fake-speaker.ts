import type { SpeechOptions, TtsEngine, Voice } from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { fakeEngineBase } from './fake-engine-base.js';

export interface FakeSpeakerOptions {
  /** Clauses of a text, a chunk each; an error is thrown in its place. Default: its sentences. */
  readonly clauses?: (text: string) => readonly (string | Error)[];
  /** Awaited before each clause. */
  readonly beforeClause?: (index: number, signal: AbortSignal | undefined) => unknown;
  readonly voices?: readonly Voice[];
  readonly warnings?: readonly string[];
}

export interface FakeSpeaker {
  readonly engine: TtsEngine;
  /** As they came. */
  readonly calls: { readonly text: string; readonly options: SpeechOptions }[];
  /** Syntheses under way. */
  readonly active: number;
}

const sampleRate = 22_050;

/** Says each letter as a hundredth of a second of a tone of 440 Hz. */
export function fakeSpeaker(options: FakeSpeakerOptions = {}): FakeSpeaker {
  const { clauses = sentences, beforeClause, voices = [joe, ann], warnings } = options;
  const calls: FakeSpeaker['calls'] = [];
  let active = 0;

  async function* synthesizeStream(text: string | AsyncIterable<string>, speech: SpeechOptions = {}) {
    if (typeof text !== 'string') throw new Error('only whole texts');
    calls.push({ text, options: speech });
    active += 1;
    try {
      const { voice = joe.id, signal } = speech;
      if (!voices.some(({ id }) => id === voice)) throw noVoice(voice, voices);
      if (text.trim() === '') throw new FerrumError('RequestValidation', 'The text has nothing to say.');
      for (const [index, clause] of clauses(text).entries()) {
        await beforeClause?.(index, signal);
        throwIfAborted(signal, 'Speaking');
        if (clause instanceof Error) throw clause;
        yield { samples: tone(clause.length / 100), sampleRate, ...(warnings && { warnings }) };
      }
    } finally {
      active -= 1;
    }
  }

  const engine: TtsEngine = {
    ...fakeEngineBase('fake-speaker', () => active),
    synthesizeStream,
    synthesizeSpeech: async (text) => [tone(text.length / 100)],
    ttsSampleRate: () => sampleRate,
    voices: async () => voices,
  };
  return {
    engine,
    calls,
    get active() {
      return active;
    },
  };
}

const joe: Voice = { id: 'joe', language: 'en-US', sampleRate };
const ann: Voice = {
  id: 'ann',
  language: 'de-DE',
  gender: 'female',
  sampleRate,
  description: 'of tests',
  license: 'CC0-1.0',
};

function sentences(text: string): string[] {
  return text.match(/[^.]+\.?/g) ?? [];
}

function tone(seconds: number): Float32Array {
  return Float32Array.from(
    { length: Math.round(seconds * sampleRate) },
    (_, index) => 0.5 * Math.sin((2 * Math.PI * 440 * index) / sampleRate),
  );
}

function noVoice(voice: string, voices: readonly Voice[]): FerrumError {
  const known = voices.map(({ id }) => id).join(', ');
  return new FerrumError('NotFound', `voice: the model has no voice ${voice}; it has ${known}.`, {
    details: { parameter: 'voice' },
  });
}
