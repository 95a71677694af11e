import type { EmbedInput } from '@ferrum/interfaces';
import * as v from 'valibot';
import { invalidAnswer } from '../http/failure.js';
import { readJson } from '../http/read-body.js';
import type { ServerGroup } from '../http/server-group.js';
import { decode } from './vectors.js';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0, 'must be at least 0'));
const answerSchema = v.object({
  data: v.array(v.object({ index: count, embedding: v.union([v.string(), v.array(v.number())]) })),
  usage: v.object({ prompt_tokens: count }),
});

export interface EmbeddedBatch {
  /** One per input, in its order, all of the same length. */
  readonly vectors: readonly Float32Array[];
  readonly promptTokens: number;
}

/** Embeds what fits one request: texts, or lists of token ids, or an image. */
export async function embedBatch(
  servers: ServerGroup,
  model: string,
  input: readonly (EmbedInput | { readonly image: string })[],
  fields: object,
  signal: AbortSignal,
): Promise<EmbeddedBatch> {
  const json = { model, input, encoding_format: 'base64', ...fields };
  const call = { method: 'POST', path: 'embeddings', model, accept: 'application/json', body: { json } } as const;
  return servers.run(call, signal, async (response) => {
    const { data, usage } = await readJson(response, answerSchema);
    return { vectors: inOrder(response.url, data, input.length), promptTokens: usage.prompt_tokens };
  });
}

function inOrder(url: string, data: v.InferOutput<typeof answerSchema>['data'], expected: number): Float32Array[] {
  const vectors = new Map(data.map(({ index, embedding }) => [index, decode(embedding)]));
  if (data.length !== expected || vectors.size !== expected) {
    throw invalidAnswer(url, `answers wrongly: it gives ${data.length} embeddings instead of ${expected}.`);
  }
  const length = vectors.get(0)?.length;
  return Array.from({ length: expected }, (_, index) => {
    const vector = vectors.get(index);
    if (vector !== undefined && vector.length === length) return vector;
    throw invalidAnswer(
      url,
      `answers wrongly: \`data[${index}]\` is no embedding of finite numbers as long as the others.`,
    );
  });
}
