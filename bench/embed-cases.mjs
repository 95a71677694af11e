// Cases of the embedding benchmark, for any program that gives `embed(texts)`: one call, a vector for each text, in order.
import { embedCorpus } from '../packages/cli/dist/bench/embed-corpus.js';
import { delayOverIdle } from './event-loop-delay.mjs';

const { short, long, mixed } = embedCorpus();

/** `run(embed)` embeds the case's texts once. */
export const cases = {
  single: { texts: short, run: (embed) => oneAfterTheOther(short, embed) },
  batch32: { texts: short.slice(0, 32), run: (embed) => embed(short.slice(0, 32)) },
  batch8x128: { texts: long, run: (embed) => embed(long) },
  // As they come: a program that wants batches, or an order, makes them itself.
  mixed256: { texts: mixed, run: (embed) => embed(mixed) },
  callers64: { texts: short, run: (embed) => Promise.all(short.map((text) => embed([text]))) },
};

/** What a careful user writes for a program that does not sort: batches of 32 after sorting by length. */
export const sortedMixed = mixed.toSorted((a, b) => wordsOf(a) - wordsOf(b));

/** Every word is one token, so words sort as tokens do. */
function wordsOf(text) {
  return text.split(' ').length;
}

async function oneAfterTheOther(texts, embed) {
  for (const text of texts) await embed([text]);
}

/**
 * Texts per second, each repeat a value; then, in repeats of their own (asking the loop every 2 ms takes time from what computes
 * beside it), the event loop's delay over that of an idle second.
 */
export async function measure({ texts, run }, embed, repeats) {
  await run(embed);
  const textsPerSecond = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const from = performance.now();
    await run(embed);
    textsPerSecond.push((1000 * texts.length) / (performance.now() - from));
  }
  const { eventLoopDelayMs, longestStallMs } = await delayOverIdle(async () => {
    for (let repeat = 0; repeat < repeats; repeat++) await run(embed);
  });
  return {
    textsPerSecond,
    eventLoopDelayMs: [eventLoopDelayMs],
    longestStallMs: [longestStallMs],
    peakRssBytes: [process.resourceUsage().maxRSS * 1024],
  };
}
