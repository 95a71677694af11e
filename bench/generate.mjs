// One greedy generation with Ferrum, past any end-of-sequence token.

/** Milliseconds from the call to each chunk (one a token), and what the last chunk says. */
export async function generate(engine, prompt, maxTokens) {
  const sampling = { temperature: 0, maxTokens, ignoreEos: true };
  const from = performance.now();
  const chunkMs = [];
  let last;
  for await (const chunk of engine.inferStream({ prompt, raw: true, sampling })) {
    chunkMs.push(performance.now() - from);
    last = chunk;
  }
  return { ...last, chunkMs };
}
