import { loadTokenizer } from '@ferrum/models';
import { describe, expect, it } from 'vitest';
import { loadTextFixture } from '../fixtures/load-fixture.js';
import { encodeStart } from './encode-start.js';

describe.each(['bert', 'xlm-roberta', 'roberta'] as const)(
  'the first tokens of a long text, by the tokenizer of %s',
  (name) => {
    const loading = loadTokenizer(loadTextFixture(name).location);

    it.each([
      ['words', 'the sea is wide and the boats are small. '.repeat(500)],
      ['no white space', '東京湾abc-déf'.repeat(2000)],
      ['one word', 'a'.repeat(20_000)],
      ['emoji', '👩‍🚀🚢'.repeat(3000)],
      ['white space', `${' '.repeat(20_000)}a b`],
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
