import type { InferenceResponse } from '@ferrum/interfaces';

/** The prompt alone, with what was asked for about it: an answer of no tokens. */
export function withoutAnswer(response: InferenceResponse, promptText: string): InferenceResponse {
  const choices = (response.choices ?? [response]).map(({ logprobs }) => ({
    text: promptText,
    tokens: [],
    finishReason: 'length' as const,
    ...(logprobs === undefined ? {} : { logprobs: [] }),
  }));
  const { usage, choices: several } = response;
  return {
    ...response,
    ...choices[0],
    ...(several === undefined ? {} : { choices }),
    usage: { ...usage, completionTokens: 0, totalTokens: usage.promptTokens },
  };
}
