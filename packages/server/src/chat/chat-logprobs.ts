import type { TokenLogprob, TopLogprob } from '@ferrum/interfaces';

/** OpenAI's log-probabilities of a choice; null where they were not asked for. */
export function toChatLogprobs(logprobs: readonly TokenLogprob[] | undefined) {
  if (logprobs === undefined) return null;
  return {
    content: logprobs.map((logprob) => ({ ...toToken(logprob), top_logprobs: logprob.top.map(toToken) })),
    refusal: null,
  };
}

function toToken({ text, logprob }: TopLogprob) {
  return { token: text, logprob, bytes: bytesOf(text) };
}

/** Null for a token that holds part of a character: its own bytes are not known here. */
function bytesOf(text: string): number[] | null {
  return text.includes('\uFFFD') ? null : [...Buffer.from(text)];
}
