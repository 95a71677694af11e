import { describe, expect, it } from 'vitest';
import { readModelArguments } from './model-arguments.js';

describe('readModelArguments', () => {
  it.each([
    ['tiny', { model: 'tiny' }],
    ['gpt-4o-mini=smollm2:135m', { model: 'smollm2:135m', aliases: ['gpt-4o-mini'] }],
    ['openai/gpt-4o=hf:o/n@v=1', { model: 'hf:o/n@v=1', aliases: ['openai/gpt-4o'] }],
    ['a=https://host/f.gguf?x=1', { model: 'https://host/f.gguf?x=1', aliases: ['a'] }],
    ['https://host/f.gguf?x=1', { model: 'https://host/f.gguf?x=1' }],
    ['./my=model.gguf', { model: './my=model.gguf' }],
    ['/models/a=b.gguf', { model: '/models/a=b.gguf' }],
    ['C:\\models\\a=b.gguf', { model: 'C:\\models\\a=b.gguf' }],
  ])('reads %s', (text, model) => {
    expect(readModelArguments([text])).toEqual([model]);
  });

  it('gives a model that comes again one entry with every alias', () => {
    expect(readModelArguments(['a=m', 'b=m', 'm', 'a=m', 'n'])).toEqual([
      { model: 'm', aliases: ['a', 'b'] },
      { model: 'n' },
    ]);
  });

  it('brings the options of the configuration file', () => {
    const configured = ['m', { model: 'hf:o/n', id: 'main', aliases: ['a'], options: { threads: 2 } }];
    expect(readModelArguments(['b=main', 'm'], configured)).toEqual([
      { model: 'hf:o/n', id: 'main', aliases: ['a', 'b'], options: { threads: 2 } },
      { model: 'm' },
    ]);
  });

  it.each(['=m', 'a='])('refuses %s', (text) => {
    expect(() => readModelArguments([text])).toThrow(/Write NAME, or ALIAS=NAME/);
  });
});
