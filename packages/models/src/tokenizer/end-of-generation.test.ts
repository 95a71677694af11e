import { expect, it } from 'vitest';
import { collectEndOfGenerationTokens } from './end-of-generation.js';

const added = (...contents: readonly string[]) => contents.map((content, id) => ({ id, content }));

it('generation ends at the declared ids and at the known ends of a turn', () => {
  const ids = collectEndOfGenerationTokens([7, undefined], added('<|im_end|>', '<tool>', '<|eot_id|>'));
  expect([...ids].toSorted()).toEqual([0, 2, 7]);
});

it('in the harmony format <|end|> ends a message only', () => {
  expect([...collectEndOfGenerationTokens([], added('<|end|>', '<|return|>', '<|call|>'))]).toEqual([1, 2]);
  expect([...collectEndOfGenerationTokens([], added('<|end|>'))]).toEqual([0]);
});
