// What every program is asked for, so that each does the same work. A case gets from its program
//   generate(stream, prompt, newTokens, onToken?)  greedy, past any end-of-sequence token; resolves to { tokenMs,
//                                                  promptTokens }, the times by performance.now() at the caller
//   prompt(tokens)                                 a text of so many tokens that no earlier one began like
//   newTokens                                      of the streams; fewer in the repeat that warms up
//   model                                          the path of its file
// and returns one value for each of its measures.
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventLoopDelay } from '../packages/cli/dist/bench/event-loop-delay.js';
import { samplesOf } from '../packages/cli/dist/bench/stream-samples.js';
import { summarize } from '../packages/cli/dist/bench/summary.js';

const longPrompt = 512;
const shortPrompt = 64;

/** One long prompt, until its first token. */
const prefill = {
  streams: 1,
  contextLength: 1024,
  async repeat({ generate, prompt }) {
    const start = performance.now();
    const { tokenMs, promptTokens } = await generate(0, prompt(longPrompt), 1);
    const timeToFirstTokenMs = tokenMs[0] - start;
    return { promptTokens, timeToFirstTokenMs, prefillTokensPerSecond: (1000 * promptTokens) / timeToFirstTokenMs };
  },
};

/** Short prompts that are answered side by side; measured as `ferrum bench llm` does. */
const sideBySide = (streams) => ({
  streams,
  contextLength: 256,
  async repeat({ generate, prompt, newTokens }) {
    const prompts = Array.from({ length: streams }, () => prompt(shortPrompt));
    const idle = new EventLoopDelay();
    await idle.during(() => sleep(1000));
    const delay = new EventLoopDelay();
    const start = performance.now();
    const answers = await delay.during(() => Promise.all(prompts.map((text, i) => generate(i, text, newTokens))));
    const samples = samplesOf(
      answers.map(({ tokenMs, promptTokens }) => ({
        tokenMs: tokenMs.map((ms) => ms - start),
        usage: { promptTokens, cachedTokens: 0 },
      })),
    );
    const gaps = summarize(samples.interTokenLatencyMs);
    return {
      promptTokens: answers[0].promptTokens,
      decodeTokensPerSecond: samples.decodeTokensPerSecond[0],
      prefillTokensPerSecond: samples.prefillTokensPerSecond[0],
      timeToFirstTokenMs: summarize(samples.timeToFirstTokenMs).median,
      interTokenMs: gaps.median,
      interTokenP99Ms: gaps.p99,
      eventLoopDelayOverIdleMs: delay.p99 - idle.p99,
    };
  },
});

/** A long prompt arrives while three streams decode. */
const mixed = {
  streams: 4,
  contextLength: 1024,
  async repeat({ generate, prompt, newTokens }) {
    let decoding = 0;
    let arrive;
    const allDecode = new Promise((resolve) => {
      arrive = resolve;
    });
    const others = [0, 1, 2].map((stream) =>
      generate(stream, prompt(shortPrompt), newTokens, (count) => {
        if (count === newTokens / 8 && ++decoding === 3) arrive();
      }),
    );
    await allDecode;
    const start = performance.now();
    const { tokenMs, promptTokens } = await generate(3, prompt(longPrompt), 1);
    const [first] = tokenMs;
    const gaps = (await Promise.all(others)).flatMap((other) =>
      other.tokenMs.slice(1).map((to, i) => ({ from: other.tokenMs[i], to })),
    );
    const meanwhile = gaps.filter(({ from, to }) => to > start && from < first);
    return {
      promptTokens,
      timeToFirstTokenMs: first - start,
      othersWorstGapMs: Math.max(0, ...meanwhile.map(({ from, to }) => to - from)),
    };
  },
};

/** Memory of a process that has done nothing but one prefill, whose token is the first, and 64 decode steps. */
const resident = {
  streams: 1,
  contextLength: 1024,
  once: true,
  async repeat({ model, generate, prompt }) {
    const { promptTokens } = await generate(0, prompt(longPrompt), 65);
    const residentBytes = process.memoryUsage.rss();
    return { promptTokens, residentBytes, residentTimesFile: residentBytes / statSync(model).size };
  },
};

export const cases = { prefill, b1: sideBySide(1), b4: sideBySide(4), b8: sideBySide(8), mixed, resident };
