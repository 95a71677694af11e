import type { EmbedOptions } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import type { TextSettings } from '../model/text-source.js';
import { checkEmbedCall } from './embed-call.js';

const prompts = { query: 'query: ', document: 'passage: ' };

function check(options: unknown, settings: Partial<TextSettings> = {}) {
  return checkEmbedCall(
    options as EmbedOptions,
    { normalizes: true, lowercases: false, prompts, includesPrompt: true, maxTokens: 8, ...settings },
    384,
  );
}

describe('the options of a call', () => {
  it('are complete where none is given', () => {
    const expected = {
      preparation: { truncate: 'end', prompt: '' },
      finish: { normalizes: true, dimensions: undefined, encoding: 'float' },
      signal: undefined,
      onProgress: undefined,
    };
    expect(check({})).toEqual(expected);
    const names = ['truncate', 'dimensions', 'encoding', 'promptName', 'signal', 'onProgress'];
    expect(check(Object.fromEntries(names.map((name) => [name, undefined])))).toEqual(expected);
  });

  it('are taken over', () => {
    const { signal } = new AbortController();
    const onProgress = () => {};
    const options = { truncate: 'error', dimensions: 384, encoding: 'binary', promptName: 'query', signal, onProgress };
    const checked = check(options, { normalizes: false });
    expect(checked).toEqual({
      preparation: { truncate: 'error', prompt: 'query: ' },
      finish: { normalizes: false, dimensions: 384, encoding: 'binary' },
      signal,
      onProgress,
    });
    expect([checked.signal, checked.onProgress]).toEqual([signal, onProgress]);
  });

  it.each<[string, unknown]>([
    ['truncate', 'start'],
    ['truncate', true],
    ['dimensions', 0],
    ['dimensions', -1],
    ['dimensions', 1.5],
    ['dimensions', '128'],
    ['dimensions', Number.NaN],
    ['dimensions', Number.POSITIVE_INFINITY],
    ['encoding', 'float16'],
    ['encoding', 'toString'],
    ['encoding', null],
    ['promptName', 3],
    ['signal', {}],
    ['signal', new AbortController()],
    ['onProgress', 'log'],
    ['onProgress', null],
  ])('are refused by the name of %s when it is %j', (name, value) => {
    expect(() => check({ [name]: value })).toThrow(
      expect.objectContaining({
        code: 'InvalidParameter',
        message: expect.stringMatching(new RegExp(`^${name}: .+\\.$`)),
        details: { parameter: name },
      }),
    );
  });

  it('are refused when one is not known, by its name', () => {
    expect(() => check({ dimension: 3 })).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', message: expect.stringContaining('"dimension"') }),
    );
  });

  it.each([null, 'query', 3])('are refused when they are %j', (options) => {
    expect(() => check(options)).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', details: { parameter: 'options' } }),
    );
  });

  it('are refused when they ask for more dimensions than there are', () => {
    expect(() => check({ dimensions: 385 })).toThrow(
      expect.objectContaining({
        code: 'InvalidParameter',
        message: "dimensions is 385, but the model's embeddings have 384 values.",
        details: { parameter: 'dimensions' },
      }),
    );
  });
});

describe('the prompt', () => {
  it('is the default one where none is named', () => {
    const settings = { defaultPrompt: 'document' };
    expect(check({}, settings).preparation.prompt).toBe('passage: ');
    expect(check({ promptName: 'query' }, settings).preparation.prompt).toBe('query: ');
  });

  it.each(['Query', '', 'toString', '__proto__'])(
    'is refused when its name is %j, with those that there are',
    (name) => {
      expect(() => check({ promptName: name })).toThrow(
        expect.objectContaining({
          code: 'InvalidParameter',
          message: `promptName ${JSON.stringify(name)} is no prompt of this model; its prompts are query, document.`,
          details: { parameter: 'promptName' },
        }),
      );
    },
  );

  it('is refused with a word on it where the model has none', () => {
    expect(() => check({ promptName: 'query' }, { prompts: {} })).toThrow('it has none.');
  });
});
