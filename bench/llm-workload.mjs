// What every language-model benchmark asks for, so that each program does the same work:
// prefill: a 512-token prompt, its tokens per second from the call to the first new token in the caller's hands;
// decode: a 64-token prompt, then 128 new tokens, greedy, past any end-of-sequence token.
export const workload = { prefillTokens: 512, promptTokens: 64, newTokens: 128 };

export const text =
  'In spring the river rose over the lower meadows and the farmers moved their sheep to the hill. Nobody was surprised, ' +
  'for the old men had read it in the colour of the ice. They sat outside the inn, named the years of the great floods, ' +
  'and argued about which of them had carried the bridge away. ';
