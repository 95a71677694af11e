import type {
  FinishReason,
  GenerationTiming,
  InferenceRequest,
  LlmInferenceEngine,
  TokenUsage,
} from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** A finished generation. */
export interface Generation {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly finishReason: FinishReason;
  readonly usage: TokenUsage;
  readonly timing: GenerationTiming;
}

/**
 * Streams an answer through `onText`, which is awaited: a slow reader slows the generation down and is never outrun.
 *
 * @throws FerrumError what the engine throws; `Backend` when its stream ends without its last chunk.
 */
export async function generate(
  engine: LlmInferenceEngine,
  request: InferenceRequest,
  onText: (text: string) => Promise<void>,
): Promise<Generation> {
  let text = '';
  const tokens: number[] = [];
  for await (const chunk of engine.inferStream(request)) {
    tokens.push(...chunk.tokens);
    if (chunk.text !== '') {
      text += chunk.text;
      await onText(chunk.text);
    }
    const { finishReason, usage, timing } = chunk;
    if (finishReason && usage && timing) return { text, tokens, finishReason, usage, timing };
  }
  throw new FerrumError(
    'Backend',
    `The engine for ${engine.modelId} ended its answer without a finish reason, usage and timing. Report it to the plugin's makers.`,
  );
}
