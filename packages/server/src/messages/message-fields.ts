import type { ChatMessage } from '@ferrum/interfaces';
import { chatFieldNames } from '../chat/chat-fields.js';
import type { FieldNames } from '../generation/about-field.js';
import { imagePlace } from '../generation/image-place.js';

export interface MessageFieldNames {
  /** As the engine gets them. */
  readonly messages: readonly ChatMessage[];
  /** The fields that show images, in their order. */
  readonly images: readonly string[];
  /** Where the format of the answer was asked for; where it was not, what the answer has to be is the tools' to say. */
  readonly format?: string | undefined;
  /** Where thinking was asked for. */
  readonly reasoning?: string | undefined;
}

/** How the API calls what engines call otherwise, for their errors about its requests. */
export const messageFieldNames = ({
  messages,
  images,
  format = 'tools',
  reasoning = 'thinking',
}: MessageFieldNames): FieldNames => ({
  ...chatFieldNames({
    format,
    tools: (rest) => `tools${rest.replace(/^(\[\d+\])\.parameters\b/, '$1.input_schema')}`,
  }),
  // Blocks and messages are other turns here and there.
  messages: (rest) => imagePlace(rest, messages, images) ?? 'messages',
  parallelToolCalls: 'tool_choice.disable_parallel_tool_use',
  reasoning: () => reasoning,
  'reasoning.maxTokens': 'thinking.budget_tokens',
  'reasoning.effort': 'output_config.effort',
  'sampling.stopSequences': 'stop_sequences',
  'sampling.maxTokens': 'max_tokens',
});
