import type { TokenLogprob, TopLogprob } from '@ferrum/interfaces';

/** Lists side by side, an element for each token; the first token of a prompt has no probability. */
export interface CompletionLogprobs {
  readonly tokens: string[];
  readonly token_logprobs: (number | null)[];
  readonly top_logprobs: (Record<string, number> | null)[];
  /** Where each token starts, in characters from the start of the text. */
  readonly text_offset: number[];
}

/** Makes the lists of one choice piece by piece, counting characters as it goes. */
export class CompletionLogprobsWriter {
  #offset = 0;

  /** @param logprobs null for a token without one, whose text is in `texts` at the same place */
  add(logprobs: readonly (TokenLogprob | null)[], texts: readonly string[] = []): CompletionLogprobs {
    const lists: CompletionLogprobs = { tokens: [], token_logprobs: [], top_logprobs: [], text_offset: [] };
    for (const [index, logprob] of logprobs.entries()) {
      const text = logprob?.text ?? texts[index] ?? '';
      lists.tokens.push(text);
      lists.token_logprobs.push(logprob?.logprob ?? null);
      lists.top_logprobs.push(logprob === null ? null : byText(logprob.top));
      lists.text_offset.push(this.#offset);
      this.#offset += text.length;
    }
    return lists;
  }
}

/** Bytes of characters can have the same text: the likeliest of them stands for all. */
function byText(top: readonly TopLogprob[]): Record<string, number> {
  const texts: Record<string, number> = {};
  for (const { text, logprob } of top) texts[text] ??= logprob;
  return texts;
}

export function joinLogprobs(parts: readonly CompletionLogprobs[]): CompletionLogprobs {
  return {
    tokens: parts.flatMap(({ tokens }) => tokens),
    token_logprobs: parts.flatMap(({ token_logprobs }) => token_logprobs),
    top_logprobs: parts.flatMap(({ top_logprobs }) => top_logprobs),
    text_offset: parts.flatMap(({ text_offset }) => text_offset),
  };
}
