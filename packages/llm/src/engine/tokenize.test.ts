import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TokenizeInput } from '@ferrum/interfaces';
import { type ChatTemplate, loadTokenizer, type Tokenizer } from '@ferrum/models';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openFakeEngine } from '../testing/fake-engine.js';
import { fakeTokenizer } from '../testing/fake-model.js';
import { detokenize } from './detokenize.js';
import type { PromptModel } from './encode-prompt.js';
import { tokenize } from './tokenize.js';

/** What Hugging Face's Python libraries give for tokenizers of each kind. */
interface Case {
  readonly text: string;
  readonly ids: readonly number[];
  readonly withoutSpecialTokens: readonly number[];
  readonly decodedWithSpecialTokens: string;
}

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../../models/src/tokenizer/fixtures/${name}`, import.meta.url));
const cases: Record<string, readonly Case[]> = JSON.parse(readFileSync(fixture('cases.json'), 'utf8')).tokenizers;

const template: ChatTemplate = {
  sources: [],
  render: (messages, { addGenerationPrompt = true } = {}) =>
    messages.map(({ role, content }) => `${role}: ${content}\n`).join('') + (addGenerationPrompt ? 'assistant: ' : ''),
};
const modelOf = (tokenizer: Tokenizer, more: Partial<PromptModel> = {}): PromptModel => ({
  tokenizer,
  template,
  contextLength: 100,
  config: { vocabularySize: tokenizer.vocabSize },
  ...more,
});

describe.each(Object.keys(cases))('with a tokenizer of the kind %s', (kind) => {
  let model: PromptModel;
  beforeAll(async () => {
    model = modelOf(await loadTokenizer({ tokenizerJson: fixture(`${kind}.tokenizer.json`) }));
  });

  it('a text becomes the ids, and ids the text, of the reference', async () => {
    for (const { text, ids, withoutSpecialTokens, decodedWithSpecialTokens } of cases[kind] ?? []) {
      const { tokens, pieces, contextLength } = await tokenize({ prompt: text }, model);
      expect(tokens, text).toEqual(ids);
      expect(pieces).toHaveLength(ids.length);
      expect(contextLength).toBe(100);
      const plain = await tokenize({ prompt: text, addSpecialTokens: false }, model);
      expect(plain.tokens, text).toEqual(withoutSpecialTokens);
      expect(await detokenize(ids, model), text).toBe(decodedWithSpecialTokens);
    }
  });
});

describe('tokenize', () => {
  let model: PromptModel;
  beforeAll(async () => {
    model = modelOf(await loadTokenizer({ tokenizerJson: fixture('byte-pair.tokenizer.json') }));
  });

  it('gives each token’s own text, and U+FFFD for part of a character', async () => {
    const { pieces } = await tokenize({ prompt: 'Hello world' }, model);
    expect(pieces.join('')).toBe('Hello world');
    const crab = await tokenize({ prompt: '🦀' }, model);
    expect(crab.tokens.length).toBeGreaterThan(1);
    for (const piece of crab.pieces) expect(piece).toMatch(/^\uFFFD+$/);
    expect(await detokenize(crab.tokens, model)).toBe('🦀');
    expect(await detokenize(crab.tokens.slice(0, 1), model)).toBe('\uFFFD');
  });

  it('reads a conversation through the template, with or without the opening of an answer', async () => {
    const messages = [{ role: 'user', content: 'Hi' }] as const;
    const textOf = async (input: TokenizeInput) => detokenize((await tokenize(input, model)).tokens, model);
    expect(await textOf({ messages })).toBe('user: Hi\nassistant: ');
    expect(await textOf({ messages, addGenerationPrompt: false })).toBe('user: Hi\n');
  });

  it('takes an empty text, and one that does not fit the context', async () => {
    expect((await tokenize({ prompt: '' }, model)).tokens).toEqual([]);
    expect((await tokenize({ prompt: 'ab '.repeat(5000) }, model)).tokens.length).toBeGreaterThan(5000);
  });

  it('lets the event loop turn while it tells the texts of many tokens', async () => {
    let turns = 0;
    const turn = setInterval(() => turns++, 0);
    await tokenize({ prompt: 'a '.repeat(32_000) }, { ...model, contextLength: 8192 });
    clearInterval(turn);
    expect(turns).toBeGreaterThan(1);
  });

  it('refuses a text that would take long, and reads longer ones for a longer context', async () => {
    const long = 'a '.repeat(10_000);
    await expect(tokenize({ prompt: long }, model)).rejects.toMatchObject({
      code: 'RequestValidation',
      message: expect.stringMatching(/has 20000 characters, and at most 16384 are tokenized at once/),
      details: { parameter: 'prompt' },
    });
    const halves = [long.slice(0, 10_000), long.slice(10_000)].map((content) => ({ role: 'user', content }) as const);
    const empty = Array.from({ length: 1100 }, () => ({ role: 'user', content: '' }) as const);
    for (const messages of [halves, empty]) {
      await expect(tokenize({ messages }, model)).rejects.toMatchObject({
        code: 'RequestValidation',
        details: { parameter: 'messages' },
      });
    }
    const longer = { ...model, contextLength: 2500 };
    expect((await tokenize({ prompt: long }, longer)).tokens.length).toBeGreaterThan(10_000);
    await expect(tokenize({ prompt: `${long}a` }, longer)).rejects.toMatchObject({
      message: expect.stringMatching(/has 20001 characters, and at most 20000/),
    });
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, ''],
    ['neither', {}, 'prompt'],
    ['both', { prompt: 'a', messages: [{ role: 'user', content: 'a' }] }, 'prompt'],
    ['ids', { prompt: [1] }, 'prompt'],
    ['no messages', { messages: [] }, 'messages'],
    ['an unknown role', { messages: [{ role: 'wizard', content: 'a' }] }, 'messages.0.role'],
    [
      'special tokens around a template',
      { messages: [{ role: 'user', content: 'a' }], addSpecialTokens: true },
      'addSpecialTokens',
    ],
    ['the opening of an answer to a text', { prompt: 'a', addGenerationPrompt: false }, 'addGenerationPrompt'],
    ['an unknown field', { prompt: 'a', raw: true }, ''],
    ['a signal that is none', { prompt: 'a', signal: 'now' }, 'signal'],
  ])('refuses %s', async (_name, input, parameter) => {
    await expect(tokenize(input as TokenizeInput, model)).rejects.toMatchObject({
      code: 'RequestValidation',
      details: { parameter },
    });
  });

  it('refuses messages without a template', async () => {
    const messages = [{ role: 'user', content: 'a' }] as const;
    await expect(tokenize({ messages }, { ...model, template: undefined })).rejects.toMatchObject({
      code: 'RequestValidation',
      details: { parameter: 'messages' },
    });
  });

  it('ends when its signal fires', async () => {
    await expect(tokenize({ prompt: 'a', signal: AbortSignal.abort() }, model)).rejects.toMatchObject({
      code: 'Cancelled',
    });
    const controller = new AbortController();
    const input = { prompt: 'a '.repeat(32_000), signal: controller.signal };
    const pending = tokenize(input, { ...model, contextLength: 8192 });
    controller.abort();
    await expect(pending).rejects.toMatchObject({ code: 'Cancelled' });
  });
});

describe('detokenize', () => {
  const model = modelOf(fakeTokenizer);

  it('takes any ids of the vocabulary', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(fakeTokenizer.vocabSize - 1)), async (ids) => {
        expect(await detokenize(ids, model)).toBe(fakeTokenizer.decode(ids));
      }),
    );
  });

  it('gives no text for ids that only the model knows, as some have more than their tokenizer', async () => {
    const wider = { ...model, config: { vocabularySize: fakeTokenizer.vocabSize + 4 } };
    const [a] = fakeTokenizer.encode('a') as [number];
    expect(await detokenize([a, fakeTokenizer.vocabSize + 3, a], wider)).toBe('aa');
  });

  it.each<[string, unknown]>([
    ['no list', 'abc'],
    ['an id past the vocabulary', [1, fakeTokenizer.vocabSize]],
    ['a negative id', [-1]],
    ['half an id', [1.5]],
    ['no number', [Number.NaN]],
    ['text', ['1']],
    ['a gap', new Array(1000)],
    ['too many', new Array(2 ** 20 + 1).fill(1)],
    ['more than could be copied', new Array(2 ** 32 - 1)],
  ])('refuses %s', async (_name, tokens) => {
    await expect(detokenize(tokens as number[], model)).rejects.toMatchObject({
      code: 'RequestValidation',
      details: { parameter: 'tokens' },
    });
  });
});

describe('an engine', () => {
  it('tokenizes until it is shut down', async () => {
    const { engine } = openFakeEngine();
    const { tokens } = await engine.tokenize({ prompt: 'hello' });
    expect(await engine.detokenize(tokens)).toBe('hello');
    expect((await engine.infer({ prompt: tokens, sampling: { maxTokens: 1 } })).usage.promptTokens).toBe(5);
    await engine.shutdown();
    await expect(engine.tokenize({ prompt: 'hello' })).rejects.toMatchObject({ code: 'Cancelled' });
    await expect(engine.detokenize(tokens)).rejects.toMatchObject({ code: 'Cancelled' });
  });
});
