import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { casesOf, fixtureNames, fixturePath } from '../testing/tokenizer-fixtures.js';
import { loadTokenizer } from './load-tokenizer.js';

describe.each(fixtureNames)('a %s tokenizer.json, against Hugging Face tokenizers', (name) => {
  const loading = loadTokenizer({ tokenizerJson: fixturePath(`${name}.tokenizer.json`) });

  it.each(casesOf(name))('encodes and decodes $text', async (expected) => {
    const tokenizer = await loading;
    expect(tokenizer.encode(expected.text)).toEqual(expected.ids);
    expect(tokenizer.encode(expected.text, { addSpecialTokens: false })).toEqual(expected.withoutSpecialTokens);
    expect(tokenizer.decode(expected.ids)).toBe(expected.decoded);
    expect(tokenizer.decode(expected.ids, { skipSpecialTokens: false })).toBe(expected.decodedWithSpecialTokens);
  });
});

describe('a tokenizer folder', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferrum-tokenizer-'));
    await cp(fixturePath('byte-pair.tokenizer.json'), join(folder, 'tokenizer.json'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const write = (file: string, value: unknown) => writeFile(join(folder, file), JSON.stringify(value));

  it('needs nothing but tokenizer.json', async () => {
    const tokenizer = await loadTokenizer(folder);
    expect(tokenizer.specialTokens).toEqual({});
    expect(tokenizer.tokenId('<|im_end|>')).toBe(2);
    expect(tokenizer.tokenText(2)).toBe('<|im_end|>');
    expect(tokenizer.tokenId('no such token')).toBeUndefined();
    expect(tokenizer.tokenText(-1)).toBeUndefined();
    expect([tokenizer.isSpecial(2), tokenizer.isSpecial(tokenizer.tokenId('<tool>') ?? -1)]).toEqual([true, false]);
    // The known ends of a turn, found among the added tokens.
    expect([...tokenizer.endOfGenerationTokens].toSorted()).toEqual([0, 2]);
  });

  it('takes roles from tokenizer_config.json before special_tokens_map.json, and more ends from generation_config.json', async () => {
    await write('tokenizer_config.json', {
      bos_token: { content: '<|im_start|>' },
      eos_token: '<|im_end|>',
      pad_token: null,
    });
    await write('special_tokens_map.json', {
      eos_token: '<|endoftext|>',
      pad_token: '<|endoftext|>',
      unk_token: 'absent',
    });
    await write('generation_config.json', { eos_token_id: [2, 5, 1_000_000] });
    const tokenizer = await loadTokenizer(folder);
    expect(tokenizer.specialTokens).toEqual({ bos: 1, eos: 2, pad: 0 });
    expect([...tokenizer.endOfGenerationTokens].toSorted()).toEqual([0, 2, 5]);
  });

  it('names the file and field of a wrong configuration', async () => {
    await write('tokenizer_config.json', { bos_token: 7 });
    await expect(loadTokenizer(folder)).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringMatching(/tokenizer_config\.json: field "bos_token"/),
    });
  });

  it('says which file is missing, truncated or unreadable', async () => {
    const missing = join(folder, 'absent', 'tokenizer.json');
    await expect(loadTokenizer(join(folder, 'absent'))).rejects.toMatchObject({
      code: 'NotFound',
      message: expect.stringContaining(missing),
    });
    const truncated = join(folder, 'truncated.json');
    for (const text of ['', '{"model":{"type":"BPE","vocab":{"a":', '['.repeat(1_000_000)]) {
      await writeFile(truncated, text);
      await expect(loadTokenizer({ tokenizerJson: truncated })).rejects.toMatchObject({
        code: 'InvalidFormat',
        message: expect.stringContaining(truncated),
      });
    }
    await expect(loadTokenizer({ tokenizerJson: folder })).rejects.toMatchObject({ code: 'IO' });
  });
});

describe('a folder with vocab.txt alone', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferrum-tokenizer-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is read as BertTokenizer reads it', async () => {
    const { model } = JSON.parse(await readFile(fixturePath('word-piece.tokenizer.json'), 'utf8'));
    const tokens = Object.entries<number>(model.vocab).toSorted(([, a], [, b]) => a - b);
    await writeFile(join(folder, 'vocab.txt'), `${tokens.map(([token]) => token).join('\n')}\n`);
    const tokenizer = await loadTokenizer(folder);
    const whole = await loadTokenizer({ tokenizerJson: fixturePath('word-piece.tokenizer.json') });
    // The other file has tokens added to its vocabulary, and texts that use them.
    const cases = casesOf('word-piece').filter(({ ids }) => ids.every((id) => id < tokens.length));
    expect(cases.length).toBeGreaterThan(10);
    for (const { text } of cases) expect(tokenizer.encode(text)).toEqual(whole.encode(text));
    expect(tokenizer.pairTokens).toEqual(whole.pairTokens);
  });

  it('heeds do_lower_case', async () => {
    await writeFile(join(folder, 'vocab.txt'), ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', 'A'].join('\n'));
    await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify({ do_lower_case: false }));
    expect((await loadTokenizer(folder)).encode('a A')).toEqual([2, 5, 6, 3]);
    await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify({}));
    expect((await loadTokenizer(folder)).encode('a A')).toEqual([2, 5, 5, 3]);
  });

  it('is refused without the tokens that surround a text', async () => {
    await writeFile(join(folder, 'vocab.txt'), '[PAD]\n[UNK]\n[CLS]\na\n');
    await expect(loadTokenizer(folder)).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringContaining('[SEP]'),
    });
  });
});

describe('the folder of a CTranslate2 model', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferrum-tokenizer-'));
    await cp(fixturePath('byte-pair.tokenizer.json'), join(folder, 'tokenizer.json'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** The tokens of tokenizer.json, and then these. */
  async function vocabularyWith(...more: string[]): Promise<string[]> {
    const tokenizer = await loadTokenizer({ tokenizerJson: join(folder, 'tokenizer.json') });
    return [...Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.tokenText(id) ?? '<|gap|>'), ...more];
  }

  it.each([
    ['vocabulary.txt', (tokens: readonly string[]) => `${tokens.join('\n')}\n`],
    ['vocabulary.json', (tokens: readonly string[]) => JSON.stringify(tokens)],
  ])('has the control tokens that only its %s lists', async (name, write) => {
    const tokens = await vocabularyWith('<|0.00|>', 'word', '<|0.02|>');
    await writeFile(join(folder, name), write(tokens));
    for (const from of [folder, { tokenizerJson: join(folder, 'tokenizer.json'), vocabulary: join(folder, name) }]) {
      const tokenizer = await loadTokenizer(from);
      const [begin, end] = [tokens.length - 3, tokens.length - 1];
      expect([tokenizer.tokenId('<|0.00|>'), tokenizer.tokenId('<|0.02|>')]).toEqual([begin, end]);
      expect([tokenizer.vocabSize, tokenizer.tokenId('word')]).toEqual([tokens.length, undefined]);
      expect(tokenizer.encode('a<|0.02|>', { addSpecialTokens: false }).at(-1)).toBe(end);
      expect(tokenizer.decode([begin, ...tokenizer.encode('a'), end])).toBe('a');
      expect(tokenizer.decode([begin, end], { skipSpecialTokens: false })).toBe('<|0.00|><|0.02|>');
    }
    await rm(join(folder, name));
  });

  it('is refused when the two files are of different models, or one is damaged', async () => {
    const path = join(folder, 'vocabulary.txt');
    await writeFile(path, (await vocabularyWith('<|im_end|>')).join('\n'));
    await expect(loadTokenizer(folder)).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringMatching(/vocabulary\.txt gives "<\|im_end\|>" the id \d+, but tokenizer\.json gives it 2/),
    });
    await writeFile(join(folder, 'vocabulary.json'), '{"a": 0}');
    await expect(loadTokenizer(folder)).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringContaining('vocabulary.json'),
    });
    const absent = { tokenizerJson: join(folder, 'tokenizer.json'), vocabulary: join(folder, 'absent.txt') };
    await expect(loadTokenizer(absent)).rejects.toMatchObject({ code: 'NotFound' });
  });
});

describe('timestamps of Whisper', () => {
  it('are control tokens, whatever tokenizer.json says of them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ferrum-tokenizer-'));
    const json = JSON.parse(await readFile(fixturePath('byte-pair.tokenizer.json'), 'utf8'));
    const flags = { special: false, lstrip: false, rstrip: false, single_word: false, normalized: true };
    json.added_tokens.push({ id: 1000, content: '<|0.00|>', ...flags }, { id: 1001, content: '<|x|>', ...flags });
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(json));
    const tokenizer = await loadTokenizer(folder);
    await rm(folder, { recursive: true });
    expect([tokenizer.isSpecial(1000), tokenizer.isSpecial(1001)]).toEqual([true, false]);
    expect(tokenizer.decode([1000, 1001])).toBe('<|x|>');
    expect(tokenizer.encode('<|0.00|>', { parseSpecialTokens: false })).not.toContain(1000);
  });
});
