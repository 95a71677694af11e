import { describe, expect, it } from 'vitest';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { collect, connect } from './testing/client.js';

const model = 'text-generation';
const prompt = 'one two three';

async function complete() {
  const fake = fakeLanguageModel();
  const session = await connect({ 'text-generation': fake.engine });
  return { ...session, fake, completions: session.client.completions };
}

describe('completions.create', () => {
  it('continues a text', async () => {
    const { completions } = await complete();
    const completion = await completions.create({ model, prompt });
    expect(completion).toMatchObject({ object: 'text_completion', model, usage: { prompt_tokens: 3 } });
    expect(completion.choices).toEqual([{ index: 0, text: prompt, logprobs: null, finish_reason: 'stop' }]);
    expect(completion._request_id).toBeTruthy();
  });

  it.each([
    ['texts', ['one', 'two'], ['one', 'two']],
    ['token ids', [5, 6, 7], [[5, 6, 7]]],
    ['lists of token ids', [[5], [6, 7]], [[5], [6, 7]]],
  ])('takes %s', async (_, given, expected) => {
    const { completions, fake } = await complete();
    const { choices } = await completions.create({ model, prompt: given });
    expect(choices.map(({ index }) => index)).toEqual(expected.map((_, index) => index));
    expect(fake.requests.map(({ prompt }) => prompt)).toEqual(expected);
  });

  it('makes n answers to each of several prompts', async () => {
    const { completions } = await complete();
    const { choices } = await completions.create({ model, prompt: ['a', 'b'], n: 2 });
    expect(choices.map(({ index, text }) => [index, text])).toEqual([
      [0, 'a'],
      [1, 'a'],
      [2, 'b'],
      [3, 'b'],
    ]);
  });

  it('echoes, with log-probabilities', async () => {
    const { completions } = await complete();
    const { choices } = await completions.create({ model, prompt, echo: true, logprobs: 2, max_tokens: 1 });
    expect(choices[0]).toMatchObject({ text: 'one two threeone', finish_reason: 'length' });
    expect(choices[0]?.logprobs).toMatchObject({
      tokens: ['one', ' two', ' three', 'one'],
      token_logprobs: [null, -0.5, -0.5, -0.5],
      text_offset: [0, 3, 7, 13],
    });
  });

  it('streams, one prompt or several', async () => {
    const { completions } = await complete();
    const one = await collect(await completions.create({ model, prompt, stream: true, logprobs: 1 }));
    expect(one.map(({ choices }) => choices[0]?.text).join('')).toBe(prompt);
    const several = await collect(
      await completions.create({
        model,
        prompt: ['a b', 'c d'],
        stream: true,
        echo: true,
        stream_options: { include_usage: true },
      }),
    );
    const texts = ['', ''];
    for (const { choices } of several) for (const { index, text } of choices) texts[index] += text;
    expect(texts).toEqual(['a ba b', 'c dc d']);
    expect(several.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 4, completion_tokens: 4 } });
  });
});
