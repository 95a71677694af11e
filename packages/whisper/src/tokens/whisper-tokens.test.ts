import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { loadTokenizer, type Tokenizer } from '@ferrum/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { createWhisperTokens, type WhisperTokens } from './whisper-tokens.js';

interface Expected {
  readonly special: Readonly<Record<string, number>>;
  readonly sotSequence: readonly number[];
  readonly nonSpeechTokens: readonly number[];
  readonly suppressed: readonly number[];
  readonly encoded: readonly (readonly [string, readonly number[]])[];
  readonly timed: { readonly ids: readonly number[]; readonly text: string; readonly plain: string };
}

const fixtures = new URL('fixtures/', import.meta.url);
const realFolder = fileURLToPath(new URL('../../../../../shared/models/whisper-dummy', import.meta.url));
const hasReal = existsSync(realFolder);
if (!hasReal) console.warn('skipped: the real Whisper vocabulary, which is not at ../shared/models/whisper-dummy');

const cases = [
  { name: 'tiny', folder: fileURLToPath(fixtures), vocabularySize: undefined, skip: false },
  { name: 'real', folder: realFolder, vocabularySize: 51865, skip: !hasReal },
] as const;

for (const { name, folder, vocabularySize, skip } of cases) {
  describe.skipIf(skip)(`the tokens of a ${name} vocabulary, against faster-whisper`, () => {
    let expected: Expected;
    let tokens: WhisperTokens;

    beforeAll(async () => {
      expected = JSON.parse(await readFile(new URL('tokens.json', fixtures), 'utf8'))[name];
      const { timestampBegin = 0 } = expected.special;
      tokens = createWhisperTokens(await loadTokenizer(folder), {
        vocabularySize: vocabularySize ?? timestampBegin + 1501,
        ...(vocabularySize === undefined && { generationConfig: { is_multilingual: true } }),
      });
    });

    it('finds the special tokens', () => {
      expect(tokens).toMatchObject(expected.special);
      expect(tokens.isMultilingual).toBe(true);
      expect(tokens.timestampEnd).toBe(tokens.timestampBegin + 1500);
      expect(tokens.languages.get('de')).toBe(expected.sotSequence[1]);
    });

    it('writes the prompt of a language and a task', () => {
      expect(tokens.sotSequence('de', 'transcribe')).toEqual(expected.sotSequence);
      expect(tokens.sotSequence('de', 'translate')[2]).toBe(tokens.translate);
      expect(() => tokens.sotSequence('yue', 'transcribe')).toThrow(/no token for the language "yue"/);
    });

    it('lists the tokens of what is not speech, and what is never written', () => {
      expect(tokens.nonSpeechTokens).toEqual(expected.nonSpeechTokens);
      expect(tokens.suppressedTokens([-1, 5])).toEqual(expected.suppressed);
      expect(() => tokens.suppressedTokens([-2])).toThrow(/suppressTokens holds -2/);
      expect(() => tokens.suppressedTokens([10 ** 6])).toThrow(/suppressTokens holds 1000000/);
    });

    it('encodes', () => {
      for (const [text, ids] of expected.encoded) expect(tokens.encode(text), text).toEqual(ids);
    });

    it('takes special tokens in a text for text', () => {
      const ids = tokens.encode('<|endoftext|> <|en|>');
      expect(ids.every((id) => id < tokens.endOfText)).toBe(true);
      expect(tokens.decode(ids)).toBe('<|endoftext|> <|en|>');
    });

    it('decodes with and without timestamps', () => {
      const { ids, text, plain } = expected.timed;
      expect(tokens.decodeWithTimestamps(ids)).toBe(text);
      expect(tokens.decode(ids)).toBe(plain);
    });

    it('turns every timestamp into its seconds and back', () => {
      for (let step = 0; step <= 1500; step++) {
        const id = tokens.timestampBegin + step;
        expect(tokens.timestampSeconds(id)).toBe(step / 50);
        expect(tokens.timestampId(step / 50)).toBe(id);
      }
      expect(() => tokens.timestampSeconds(tokens.timestampBegin - 1)).toThrow(/not a timestamp/);
      for (const seconds of [-0.02, 30.02, Number.NaN]) expect(() => tokens.timestampId(seconds)).toThrow(/0 to 30 s/);
    });
  });
}

describe('a tokenizer and its model', () => {
  let tokenizer: Tokenizer;
  const vocabularySize = 3000;

  beforeAll(async () => {
    tokenizer = await loadTokenizer(fileURLToPath(fixtures));
  });

  it('know English only when the vocabulary is small', () => {
    const tokens = createWhisperTokens(tokenizer, { vocabularySize });
    expect(tokens.isMultilingual).toBe(false);
    expect(tokens.languages.size).toBe(0);
    expect(tokens.sotSequence('en', 'transcribe')).toEqual([tokens.startOfTranscript]);
    expect(() => tokens.sotSequence('de', 'transcribe')).toThrow(/knows English only/);
    expect(() => tokens.sotSequence('en', 'translate')).toThrow(/cannot translate/);
  });

  it('are told apart when they do not belong together', () => {
    expect(() => createWhisperTokens(tokenizer, { vocabularySize: 1000 })).toThrow(/must have at least \d+/);
    expect(() => createWhisperTokens(without('<|startofprev|>'), { vocabularySize })).toThrow(
      /no token <\|startofprev\|>/,
    );
    expect(() => createWhisperTokens(tokenizer, { vocabularySize: 300 })).toThrow(/belongs to another model/);
  });

  it('learn from generation_config.json what the tokenizer lacks', () => {
    const tokens = createWhisperTokens(without('<|notimestamps|>'), {
      vocabularySize,
      generationConfig: { is_multilingual: true, no_timestamps_token_id: 900, lang_to_id: { '<|xx|>': 901 } },
    });
    expect(tokens.timestampBegin).toBe(901);
    expect(tokens.languages.get('xx')).toBe(901);
    expect(() =>
      createWhisperTokens(tokenizer, {
        vocabularySize,
        generationConfig: { is_multilingual: true, lang_to_id: { '<|xx|>': 5000 } },
      }),
    ).toThrow(/id of <\|xx\|> is 5000/);
  });

  it('may call silence <|nospeech|>, as large-v3 does', () => {
    const newer: Tokenizer = {
      ...bound(tokenizer),
      tokenId: (text) => tokenizer.tokenId(text.replace('nospeech', 'nocaptions')),
    };
    expect(createWhisperTokens(newer, { vocabularySize }).noSpeech).toBe(tokenizer.tokenId('<|nocaptions|>'));
  });

  function without(missing: string): Tokenizer {
    return { ...bound(tokenizer), tokenId: (text) => (text === missing ? undefined : tokenizer.tokenId(text)) };
  }
});

/** A tokenizer whose methods can be replaced one by one. */
function bound(tokenizer: Tokenizer): Tokenizer {
  return {
    ...tokenizer,
    encode: tokenizer.encode.bind(tokenizer),
    encodePrefix: tokenizer.encodePrefix.bind(tokenizer),
    decode: tokenizer.decode.bind(tokenizer),
    createDecoder: tokenizer.createDecoder.bind(tokenizer),
    tokenId: tokenizer.tokenId.bind(tokenizer),
    tokenText: tokenizer.tokenText.bind(tokenizer),
    isSpecial: tokenizer.isSpecial.bind(tokenizer),
  };
}
