import { chatFieldNames } from '../chat/chat-fields.js';
import type { FieldNames } from '../generation/about-field.js';

/**
 * How the API calls what engines call otherwise, for their errors about its requests.
 * @param format where the format of the answer was asked for; where it was not, what the answer has to be is the tools' to say
 */
export const messageFieldNames = (format = 'tools'): FieldNames => ({
  ...chatFieldNames({
    format,
    tools: (rest) => `tools${rest.replace(/^(\[\d+\])\.parameters\b/, '$1.input_schema')}`,
  }),
  // Blocks and messages are other turns here and there.
  messages: () => 'messages',
  parallelToolCalls: 'tool_choice.disable_parallel_tool_use',
  reasoning: () => 'thinking',
  'reasoning.maxTokens': 'thinking.budget_tokens',
  'reasoning.effort': 'output_config.effort',
  'sampling.stopSequences': 'stop_sequences',
  'sampling.maxTokens': 'max_tokens',
});
