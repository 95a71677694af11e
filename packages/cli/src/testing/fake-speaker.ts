import type { Plugin, SpeechChunk, SpeechOptions, TtsEngine, Voice } from '@ferrum/interfaces';
import { definePlugin, FerrumError } from '@ferrum/registry';
import { FakeOpenings, unused } from './fake-openings.js';

export interface FakeSpeaker {
  readonly plugin: Plugin;
  /** Calls in the order they came; `text` is all that was read of it. */
  readonly calls: { text: string; readonly options: SpeechOptions }[];
  /** Options the engine was opened with. */
  readonly options: Readonly<Record<string, unknown>>[];
  /** Engines that were opened and not yet shut down. */
  readonly open: number;
}

export interface FakeSpeakerOptions {
  /** Called before each chunk; what it returns is awaited. */
  readonly before?: (word: string, index: number) => unknown;
  /** Of each chunk. */
  readonly warnings?: readonly string[];
  readonly voices?: readonly Voice[];
  /** Of the plugin. Default `fake-speaker`. */
  readonly name?: string;
}

/** Of the fake engine, in Hz. */
export const fakeRate = 8000;
/** Each word is a chunk of so many samples, a quarter of a second. */
export const fakeChunk = fakeRate / 4;

/** A plugin whose engine makes a sound of each word as soon as it has come. */
export function fakeSpeaker(behaviour: FakeSpeakerOptions = {}): FakeSpeaker {
  const { before = () => {}, warnings, voices = [], name = 'fake-speaker' } = behaviour;
  const calls: FakeSpeaker['calls'] = [];
  const openings = new FakeOpenings();

  async function* speak(
    text: string | AsyncIterable<string>,
    callOptions: SpeechOptions = {},
  ): AsyncGenerator<SpeechChunk> {
    const call = { text: '', options: callOptions };
    calls.push(call);
    let index = 0;
    const say = async function* (words: readonly string[]): AsyncGenerator<SpeechChunk> {
      for (const word of words.filter(Boolean)) {
        await before(word, index);
        if (callOptions.signal?.aborted) throw new FerrumError('Cancelled', 'Speaking was cancelled.');
        yield fakeChunkOf(word, index, callOptions, warnings);
        index += 1;
      }
    };
    let rest = '';
    for await (const piece of typeof text === 'string' ? [text] : text) {
      call.text += piece;
      const words = (rest + piece).split(/\s+/);
      rest = words.pop() ?? '';
      yield* say(words);
    }
    yield* say([rest]);
    if (index === 0) throw new FerrumError('RequestValidation', 'The text has nothing to say.');
  }

  const engine: TtsEngine = {
    ...openings.engine,
    synthesizeSpeech: unused,
    ttsSampleRate: () => fakeRate,
    synthesizeStream: speak,
    voices: async () => voices,
  };
  const plugin = definePlugin({
    specificationVersion: '1',
    name,
    version: '1.2.3',
    register: (registry) => registry.register(openings.descriptor(`${name}/engine`, 'speech', engine)),
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

function fakeChunkOf(
  word: string,
  index: number,
  { wordTimestamps }: SpeechOptions,
  warnings: readonly string[] | undefined,
): SpeechChunk {
  return {
    samples: new Float32Array(fakeChunk).fill((index + 1) / 16),
    sampleRate: fakeRate,
    ...(wordTimestamps && { words: [{ word, start: index / 4, end: index / 4 + 0.2 }] }),
    ...(warnings && { warnings }),
  };
}
