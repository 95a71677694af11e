import { loadTokenizer } from '@ferrum/models';
import { describe, expect, it, vi } from 'vitest';
import { loadTextFixture } from '../fixtures/load-fixture.js';
import { encodeStart } from './encode-start.js';

describe.each(['bert', 'xlm-roberta', 'roberta'] as const)(
  'the first tokens of a long text, by the tokenizer of %s',
  (name) => {
    const loading = loadTokenizer(loadTextFixture(name).location);

    it.each([
      ['words', 'the sea is wide and the boats are small. '.repeat(500)],
      ['no white space', '東京湾abc-déf'.repeat(2000)],
      ['one word', 'a'.repeat(10_000)],
      ['emoji', '👩‍🚀🚢'.repeat(1000)],
      ['white space', `${' '.repeat(10_000)}a b`],
      ['nothing', ''],
    ])('are those of the whole: %s', async (_kind, text) => {
      const tokenizer = await loading;
      const whole = tokenizer.encode(text, { addSpecialTokens: false });
      for (const maxTokens of [1, 10, 62]) {
        const { ids, isComplete } = encodeStart(tokenizer, text, maxTokens);
        expect(ids).toEqual(whole.slice(0, maxTokens));
        expect(isComplete).toBe(whole.length <= maxTokens);
      }
    });
  },
);

it('reads no more than 256 characters for each token of a text that is one endless word', async () => {
  const tokenizer = await loadTokenizer(loadTextFixture('bert').location);
  const encode = vi.spyOn(tokenizer, 'encodePrefix');
  const { ids, isComplete } = encodeStart(tokenizer, 'a'.repeat(1_000_000), 10);
  expect([ids.length, isComplete]).toEqual([1, false]);
  expect(Math.max(...encode.mock.calls.map(([text]) => text.length))).toBe(256 * (10 + 64));
});
