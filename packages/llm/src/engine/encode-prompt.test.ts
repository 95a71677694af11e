import type { ChatTemplate, Tokenizer } from '@ferrum/models';
import { describe, expect, it, vi } from 'vitest';
import { textOf } from '../chat/message-content.js';
import { encodePrompt } from './encode-prompt.js';

/** A token a character, with `<s>` (id 0) before a text; its longest token has 20 characters. */
function fakeTokenizer(idsOf: (text: string) => number[] = characters, before: readonly number[] = [0]): Tokenizer {
  const texts = ['<s>', 'a', 'a'.repeat(20)];
  return {
    encode: mustNotEncode,
    encodePrefix: (text, maxTokens, { allOrNone } = {}) => {
      const ids = idsOf(text);
      const isComplete = ids.length <= maxTokens;
      return { ids: allOrNone && !isComplete ? [] : ids.slice(0, maxTokens), isComplete };
    },
    decode: () => '',
    createDecoder: () => ({ push: () => '', flush: () => '' }),
    tokenId: (text) => texts.indexOf(text),
    tokenText: vi.fn((id: number) => texts[id]),
    tokenBytes: (id) => new TextEncoder().encode(texts[id]),
    isSpecial: (id) => id === 0,
    vocabSize: texts.length,
    specialTokens: { bos: 0 },
    surroundingTokens: { before, after: [] },
    pairTokens: undefined,
    endOfGenerationTokens: new Set(),
  };
}

function characters(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

function mustNotEncode(): number[] {
  throw new Error('the text was tokenized');
}

const template = (render: ChatTemplate['render'] = () => 'x'): ChatTemplate => ({ sources: [], render: vi.fn(render) });
const prompt = (text: string, raw = false) => ({ kind: 'prompt', prompt: text, raw }) as const;
const chat = (...contents: string[]) =>
  ({
    kind: 'chat',
    messages: contents.map((content) => ({ role: 'user' as const, content })),
    options: {},
  }) as const;

describe('encodePrompt', () => {
  it('puts a prompt into the chat template as the user’s turn, without special tokens of its own', () => {
    const [tokenizer, chatTemplate] = [fakeTokenizer(), template(() => '[hi]')];
    const tokens = encodePrompt(prompt('hi'), {
      tokenizer,
      template: chatTemplate,
      contextLength: 100,
      config: { vocabularySize: 1_000_000 },
    });
    expect(tokens).toEqual(characters('[hi]'));
    expect(chatTemplate.render).toHaveBeenCalledWith([{ role: 'user', content: 'hi' }], { addGenerationPrompt: true });
  });

  it.each([
    ['raw', true, template()],
    ['for a model without a template', false, undefined],
  ])('takes a prompt %s as it is, with the tokenizer’s special tokens', (_name, raw, chatTemplate) => {
    const tokenizer = fakeTokenizer();
    expect(
      encodePrompt(prompt('hi', raw), {
        tokenizer,
        template: chatTemplate,
        contextLength: 100,
        config: { vocabularySize: 1_000_000 },
      }),
    ).toEqual([0, ...characters('hi')]);
  });

  it('renders a conversation with the names in it', () => {
    const chatTemplate = template(() => 'rendered');
    const messages = [
      { role: 'system' as const, content: 'Be kind.' },
      { role: 'user' as const, content: 'hi', name: 'Ada' },
    ];
    const model = {
      tokenizer: fakeTokenizer(),
      template: chatTemplate,
      contextLength: 100,
      config: { vocabularySize: 1_000_000 },
    };
    expect(encodePrompt({ kind: 'chat', messages, options: {} }, model)).toEqual(characters('rendered'));
    expect(chatTemplate.render).toHaveBeenCalledWith(messages, { addGenerationPrompt: true });
  });

  it('refuses messages without a template', () => {
    const model = {
      tokenizer: fakeTokenizer(),
      template: undefined,
      contextLength: 100,
      config: { vocabularySize: 1_000_000 },
    };
    expect(() => encodePrompt(chat('hi'), model)).toThrow(
      expect.objectContaining({
        code: 'RequestValidation',
        message: expect.stringMatching(/no chat template.*`prompt`/),
        details: { parameter: 'messages' },
      }),
    );
  });

  it('refuses a prompt that holds no token', () => {
    const model = {
      tokenizer: fakeTokenizer(() => [], []),
      template: undefined,
      contextLength: 100,
      config: { vocabularySize: 1_000_000 },
    };
    expect(() => encodePrompt(prompt('\u200b'), model)).toThrow(
      expect.objectContaining({ code: 'RequestValidation', details: { parameter: 'prompt' } }),
    );
  });

  it('leaves room for one token of the answer, and says how many tokens would fit', () => {
    const model = {
      tokenizer: fakeTokenizer(),
      template: undefined,
      contextLength: 10,
      config: { vocabularySize: 1_000_000 },
    };
    expect(encodePrompt(prompt('a'.repeat(8)), model)).toHaveLength(9);
    expect(() => encodePrompt(prompt('a'.repeat(9)), model)).toThrow(
      expect.objectContaining({
        code: 'RequestValidation',
        message: expect.stringMatching(/more than 9 tokens, but the context holds 10.*Shorten.*larger contextLength/),
        details: { parameter: 'prompt', contextLength: 10 },
      }),
    );
  });
});

describe('a text that cannot fit', () => {
  it('is told from one that fits by a tokenizer that gives no ids then', () => {
    const model = { tokenizer: fakeTokenizer(), template: template((messages) => textOf(messages[0]?.content ?? '')) };
    const sized = { ...model, contextLength: 10, config: { vocabularySize: 1_000_000 } };
    expect(encodePrompt(prompt('a'.repeat(9)), sized)).toHaveLength(9);
    for (const input of [prompt('a'.repeat(10)), chat('a'.repeat(10))]) {
      expect(() => encodePrompt(input, sized)).toThrow(
        expect.objectContaining({ code: 'RequestValidation', message: expect.stringMatching(/more than 9 tokens/) }),
      );
    }
    expect(() => encodePrompt(prompt('', true), { ...sized, contextLength: 1 })).toThrow(/more than 0 tokens/);
  });

  it('may be given as tokens, which are counted', () => {
    const model = {
      tokenizer: fakeTokenizer(mustNotEncode),
      template: undefined,
      contextLength: 10,
      config: { vocabularySize: 1_000_000 },
    };
    expect(() => encodePrompt({ kind: 'tokens', tokens: Array.from({ length: 12 }, () => 1) }, model)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/has 12 tokens, but the context holds 10/),
        details: { parameter: 'prompt', promptTokens: 12, contextLength: 10 },
      }),
    );
  });

  const huge = 'a'.repeat(30_000_000);

  it.each([
    ['prompt', prompt(huge)],
    ['raw prompt', prompt(huge, true)],
    ['conversation', chat(huge.slice(15_000_000), huge.slice(15_000_000))],
  ])('is refused before it is tokenized or rendered: a %s of tens of megabytes', (_name, input) => {
    const model = {
      tokenizer: fakeTokenizer(mustNotEncode),
      template: template(() => {
        throw new Error('the text was rendered');
      }),
      contextLength: 8192,
      config: { vocabularySize: 1_000_000 },
    };
    expect(() => encodePrompt(input, model)).toThrow(
      expect.objectContaining({
        code: 'RequestValidation',
        message: expect.stringMatching(/30000000 characters.*8192 tokens.*Shorten/),
        details: { parameter: 'prompt', contextLength: 8192 },
      }),
    );
  });

  it('is a conversation of more messages than tokens fit, even empty ones', () => {
    const model = {
      tokenizer: fakeTokenizer(mustNotEncode),
      template: template(() => {
        throw new Error('the messages were rendered');
      }),
      contextLength: 100,
      config: { vocabularySize: 1_000_000 },
    };
    expect(() => encodePrompt(chat(...Array.from({ length: 101 }, () => '')), model)).toThrow(
      expect.objectContaining({
        code: 'RequestValidation',
        message: expect.stringMatching(/101 messages.*100 tokens/),
        details: { parameter: 'messages', contextLength: 100 },
      }),
    );
  });

  it('is one longer than a context full of the longest token', () => {
    const fits = fakeTokenizer(() => [1], []);
    expect(
      encodePrompt(prompt('a'.repeat(2000)), {
        tokenizer: fits,
        template: undefined,
        contextLength: 100,
        config: { vocabularySize: 1_000_000 },
      }),
    ).toEqual([1]);
    const model = {
      tokenizer: fakeTokenizer(mustNotEncode),
      template: undefined,
      contextLength: 100,
      config: { vocabularySize: 1_000_000 },
    };
    expect(() => encodePrompt(prompt('a'.repeat(2001)), model)).toThrow(/2001 characters/);
  });

  it('makes it look through the vocabulary once, and a text of usual length never', () => {
    const tokenizer = fakeTokenizer(() => [1], []);
    const model = { tokenizer, template: undefined, contextLength: 100, config: { vocabularySize: 1_000_000 } };
    encodePrompt(prompt('a'.repeat(1600)), model);
    expect(tokenizer.tokenText).not.toHaveBeenCalled();
    for (const length of [1700, 1800, 1900]) encodePrompt(prompt('a'.repeat(length)), model);
    expect(tokenizer.tokenText).toHaveBeenCalledTimes(tokenizer.vocabSize);
  });
});

describe('encodePrompt, with a tokenizer of another model', () => {
  it('names the token that the model does not know', () => {
    const tokenizer = fakeTokenizer(() => [3, 96]);
    const model = { tokenizer, template: undefined, contextLength: 100, config: { vocabularySize: 96 } };
    expect(() => encodePrompt(prompt('hi', true), model)).toThrow(
      expect.objectContaining({ code: 'Tokenizer', details: { token: 96 } }),
    );
  });
});
