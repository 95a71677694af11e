import { beforeAll, describe, expect, it } from 'vitest';
import { expectedWindows } from '../testing/expected-windows.js';
import { tinyTokens } from '../testing/tiny-tokens.js';
import type { WhisperTokens } from '../tokens/whisper-tokens.js';
import { initialTokens, roomAfter, windowPrompt } from './prompt.js';

const { prompts, maxTokens } = expectedWindows;
let tokens: WhisperTokens;
beforeAll(async () => {
  tokens = await tinyTokens();
});

function promptOf(
  settings: { prefix?: string; hotwords?: string; withoutTimestamps?: boolean },
  previous: readonly number[] = [],
) {
  const { prefix, hotwords, withoutTimestamps = false } = settings;
  const all = { task: 'transcribe', prefix, hotwords, withoutTimestamps, maxNewTokens: undefined } as const;
  return windowPrompt(tokens, all, { language: 'en', previous, hasPrefix: true }, maxTokens);
}

describe('the prompt of a window', () => {
  it.each(prompts.map((expected, index) => ({ index, expected })))(
    '$index is that of faster-whisper',
    ({ expected }) => {
      const { previous, withoutTimestamps, prefix, hotwords } = expected;
      const settings = {
        withoutTimestamps,
        ...(prefix === null ? {} : { prefix }),
        ...(hotwords === null ? {} : { hotwords }),
      };
      const found = promptOf(settings, [...previous]);
      expect(found.tokens).toEqual(expected.tokens);
      expect(found.tokens[found.startIndex]).toBe(tokens.startOfTranscript);
      const text = found.tokens.slice(found.startIndex + (withoutTimestamps ? 4 : 3));
      expect(found.prefix).toEqual(text);
    },
  );

  it('is the same with a blank prefix, hotwords or text before as with none', () => {
    const plain = promptOf({}, []);
    expect(promptOf({ prefix: '  ' }, [])).toEqual(plain);
    expect(promptOf({ hotwords: '' }, initialTokens(tokens, { initialPrompt: ' ' }))).toEqual(plain);
  });

  it('takes no more than half of the positions for hotwords and the text before', () => {
    const previous = Array.from({ length: 60 }, (_, i) => i);
    const { tokens: found, startIndex } = promptOf({ hotwords: 'from they say' }, previous);
    const hot = tokens.encode(' from they say');
    expect(startIndex).toBe(maxTokens / 2);
    expect(found.slice(0, startIndex)).toEqual([
      tokens.startOfPrevious,
      ...hot,
      ...previous.slice(-(maxTokens / 2 - 1 - hot.length)),
    ]);
  });

  it('leaves the prefix to the first window', () => {
    const settings = {
      task: 'transcribe',
      prefix: 'you',
      hotwords: undefined,
      withoutTimestamps: false,
      maxNewTokens: undefined,
    } as const;
    const parts = { language: 'en', previous: [], hasPrefix: false };
    expect(windowPrompt(tokens, settings, parts, maxTokens).prefix).toEqual([]);
  });
});

describe('the room after a prompt', () => {
  it('is half of the positions, of which the prefix takes its part, and never more than is left', () => {
    expect(roomAfter(promptOf({}), maxTokens, undefined)).toBe(40);
    const prefixed = promptOf({ prefix: 'you and me' });
    expect(roomAfter(prefixed, maxTokens, undefined)).toBe(40 - prefixed.prefix.length);
    const long = promptOf(
      {},
      Array.from({ length: 60 }, (_, i) => i),
    );
    expect(roomAfter(long, maxTokens, undefined)).toBe(maxTokens - long.tokens.length + 1);
  });

  it('is maxNewTokens when they fit', () => {
    const prompt = promptOf({});
    expect(roomAfter(prompt, maxTokens, 77)).toBe(77);
    expect(() => roomAfter(prompt, maxTokens, 78)).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', details: { parameter: 'maxNewTokens' } }),
    );
  });

  it('refuses a prefix and a text before that leave none', () => {
    const words = 'she will one '.repeat(30);
    const prompt = promptOf(
      { prefix: words },
      Array.from({ length: 60 }, (_, i) => i),
    );
    expect(prompt.tokens.length).toBeGreaterThan(maxTokens);
    expect(() => roomAfter(prompt, maxTokens, undefined)).toThrow(
      expect.objectContaining({ code: 'InvalidParameter' }),
    );
  });
});
