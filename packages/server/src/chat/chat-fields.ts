import type { FieldNames } from '../generation/about-field.js';

export interface ChatFieldNames {
  /** Where the format of the answer was asked for. */
  readonly format: string | undefined;
  /** Where the tools are. */
  readonly tools?: (rest: string) => string;
  /** Whether the engine's messages are those of the request; in a session there are more. */
  readonly isSession?: boolean;
}

/** How the API calls what engines call otherwise, for their errors about a chat request. */
export function chatFieldNames({ format = 'response_format', tools, isSession = false }: ChatFieldNames): FieldNames {
  return {
    prompt: 'messages',
    messages: (rest) => (isSession ? 'messages' : `messages${inSnakeCase(rest)}`),
    tools: tools ?? ((rest) => `tools${rest.replace(/^(\[\d+\])\./, '$1.function.')}`),
    toolChoice: () => 'tool_choice',
    parallelToolCalls: 'parallel_tool_calls',
    toolCallFormat: 'tool_call_format',
    templateVariables: 'chat_template_kwargs',
    reasoning: () => 'reasoning_effort',
    'reasoning.maxTokens': 'thinking_token_budget',
    'sampling.responseFormat': (rest) => formatField(format, rest),
    responseFormat: (rest) => formatField(format, rest),
    adapter: 'model',
  };
}

/** The field is the schema, pattern or grammar itself; what follows is within. */
export function formatField(field: string, rest: string): string {
  return `${field}${rest.replace(/^\.(schema|pattern|grammar|choices|type)\b/, '')}`;
}

function inSnakeCase(path: string): string {
  return path.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
