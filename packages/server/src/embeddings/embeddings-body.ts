import { TurnTaker } from '@ferrum/registry/concurrency';

export interface EmbeddingsAnswer {
  readonly model: string;
  readonly embeddings: readonly Float32Array[];
  readonly format: 'float' | 'base64';
  readonly promptTokens: number;
  readonly signal: AbortSignal;
}

/**
 * The response's JSON. 2048 vectors of 384 values are 17 MB of it and take 0.2 s, so the event loop turns in between.
 * @throws FerrumError `Cancelled`
 */
export async function embeddingsBody({
  model,
  embeddings,
  format,
  promptTokens,
  signal,
}: EmbeddingsAnswer): Promise<Buffer> {
  const turns = new TurnTaker({ signal, what: 'Writing the embeddings' });
  const usage = { prompt_tokens: promptTokens, total_tokens: promptTokens };
  const pieces = [Buffer.from('{"object":"list","data":[')];
  for (const [index, vector] of embeddings.entries()) {
    const embedding = format === 'base64' ? base64(vector) : Array.from(vector);
    const comma = index === 0 ? '' : ',';
    pieces.push(Buffer.from(`${comma}${JSON.stringify({ object: 'embedding', index, embedding })}`));
    await turns.next();
  }
  pieces.push(Buffer.from(`],"model":${JSON.stringify(model)},"usage":${JSON.stringify(usage)}}`));
  return Buffer.concat(pieces);
}

/** Memory is little-endian wherever Node's engines run. */
function base64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
