import type {
  FinishReason,
  GenerationTiming,
  InferenceRequest,
  LlmInferenceEngine,
  TokenUsage,
  ToolCall,
  ToolCallDelta,
} from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** A finished generation. */
export interface Generation {
  readonly text: string;
  /** What the model thought before; empty where it did not, or tells nothing of it. */
  readonly reasoning: string;
  /** What it asks to be called. */
  readonly toolCalls: readonly ToolCall[];
  readonly tokens: readonly number[];
  readonly finishReason: FinishReason;
  readonly usage: TokenUsage;
  readonly timing: GenerationTiming;
}

/** A piece of an answer, or of what the model thinks before it. */
export interface Piece {
  readonly type: 'reasoning' | 'text';
  /** Never empty. */
  readonly text: string;
}

/**
 * Streams an answer through `onPiece`, which is awaited: a slow reader slows the generation down and is never outrun.
 *
 * @throws FerrumError what the engine throws; `Backend` when its stream ends without its last chunk.
 */
export async function generate(
  engine: LlmInferenceEngine,
  request: InferenceRequest,
  onPiece: (piece: Piece) => Promise<void>,
): Promise<Generation> {
  let text = '';
  let reasoning = '';
  const toolCalls: ToolCall[] = [];
  const tokens: number[] = [];
  for await (const chunk of engine.inferStream(request)) {
    tokens.push(...chunk.tokens);
    if (chunk.reasoning) {
      reasoning += chunk.reasoning;
      await onPiece({ type: 'reasoning', text: chunk.reasoning });
    }
    if (chunk.text !== '') {
      text += chunk.text;
      await onPiece({ type: 'text', text: chunk.text });
    }
    for (const delta of chunk.toolCalls ?? []) toolCalls[delta.index] = joined(toolCalls[delta.index], delta);
    const { finishReason, usage, timing } = chunk;
    if (finishReason && usage && timing) {
      return { text, reasoning, toolCalls, tokens, finishReason, usage, timing };
    }
  }
  throw new FerrumError(
    'Backend',
    `The engine for ${engine.modelId} ended its answer without a finish reason, usage and timing. Report it to the plugin's makers.`,
  );
}

function joined(call: ToolCall | undefined, delta: ToolCallDelta): ToolCall {
  const { id, name, arguments: earlier } = call ?? { id: delta.id ?? '', name: delta.name ?? '', arguments: '' };
  return { id, name, arguments: earlier + delta.arguments };
}
