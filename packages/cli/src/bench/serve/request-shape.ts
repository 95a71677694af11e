/** A text, or a conversation as the server gets it. */
export type Prompt = string | readonly Readonly<Record<string, unknown>>[];

export const endpoints = ['chat', 'completions'] as const;
export type Endpoint = (typeof endpoints)[number];

/** What all requests have in common. */
export interface RequestShape {
  readonly endpoint: Endpoint;
  readonly model: string;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly ignoreEos: boolean;
}

export function requestPath(endpoint: Endpoint): string {
  return endpoint === 'chat' ? '/v1/chat/completions' : '/v1/completions';
}

/** The JSON of a streaming request. A conversation is for the endpoint `chat` alone. */
export function requestBody(shape: RequestShape, prompt: Prompt): string {
  const { model, maxTokens, temperature, ignoreEos } = shape;
  return JSON.stringify({
    model,
    ...(shape.endpoint === 'completions' ? { prompt } : { messages: messagesOf(prompt) }),
    // Not max_completion_tokens, which fewer servers know.
    max_tokens: maxTokens,
    temperature,
    stream: true,
    stream_options: { include_usage: true },
    ...(ignoreEos && { ignore_eos: true }),
  });
}

function messagesOf(prompt: Prompt): Exclude<Prompt, string> {
  return typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt;
}
