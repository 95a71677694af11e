import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { embedInputs } from './embed-inputs.js';

it('leaves nothing at a signal that lives on', async () => {
  const { signal } = new AbortController();
  const inputs = ['a', 'b'].map((text) => ({ name: text, content: { text } }));
  const { embeddings } = await embedInputs(fakeEmbedder().engine, inputs, { signal });
  expect(embeddings).toHaveLength(2);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
