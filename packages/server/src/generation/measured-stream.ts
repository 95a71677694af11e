import type { InferenceRequest, LlmInferenceEngine, StreamChunk } from '@ferrum/interfaces';
import type { ModelLease } from '../models/model-directory.js';
import type { ServerContext } from '../server-context.js';

/** The chunks of a generation, timed and counted; releases nothing. */
export async function* measuredStream(
  { engine, entry }: ModelLease<LlmInferenceEngine>,
  request: InferenceRequest,
  { metrics }: ServerContext,
): AsyncGenerator<StreamChunk> {
  const meter = metrics.generation(entry.id);
  let generated = 0;
  let usage: StreamChunk['usage'];
  try {
    for await (const chunk of engine.inferStream(request)) {
      if (chunk.tokens.length > 0) meter.tokens(chunk.tokens.length);
      generated += chunk.tokens.length;
      usage = chunk.usage ?? usage;
      yield chunk;
    }
  } finally {
    // Of one that ended early only what came is known.
    metrics.countTokens(entry.id, 'text-generation', usage ?? { promptTokens: 0, completionTokens: generated });
  }
}
