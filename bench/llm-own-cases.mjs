// Cases of Ferrum alone. Each opens its engine and gives the samples of its measures, or the reason why it is skipped.
import { promptText } from '../packages/cli/dist/bench/prompt-text.js';
import { repeatMeasures } from './run-cases.mjs';
import { median } from './statistics.mjs';

const greedy = { temperature: 0, ignoreEos: true };

/** The last chunk of an answer, which has its usage and timing, with the whole text. */
async function answer(engine, request) {
  let text = '';
  for await (const chunk of engine.inferStream(request)) {
    text += chunk.text;
    if (chunk.usage) return { ...chunk, text };
  }
}

/** Time to the first token of a prompt of 400 tokens that an earlier one had too, and 8 of its own, over that of the earlier. */
async function prefix(openEngine, { repeats }) {
  const engine = await openEngine();
  const ask = (shared, own) => {
    const prompt = `${promptText(400, shared)} ${promptText(8, own)}`;
    return answer(engine, { prompt, raw: true, sampling: { ...greedy, maxTokens: 1 } });
  };
  await ask(1000, 0);
  return repeatMeasures(repeats, async (repeat) => {
    const first = await ask(repeat, 1);
    const second = await ask(repeat, 2);
    const uncachedMs = first.timing.timeToFirstTokenMs;
    const cachedMs = second.timing.timeToFirstTokenMs;
    const { cachedTokens } = second.usage;
    return { cachedTokens, uncachedMs, cachedMs, cachedOverUncached: cachedMs / uncachedMs };
  });
}

const original =
  'In spring the river rose over the lower meadows and the farmers moved their sheep to the hill. Nobody was surprised, ' +
  'for the old men had read it in the colour of the ice. They sat outside the inn, named the years of the great floods, ' +
  'and argued about which of them had carried the bridge away. The miller kept a mark for each of them on the wall of his ' +
  'barn, and every child in the village knew how high the water had stood in the year that the church bell fell into it. ' +
  'Since then a rope has been kept in the tower, and two boats under the roof of the school.';

/** Decode speed with drafts looked up in the text so far over that without, where the answer copies the prompt. */
async function speculative(openEngine, { repeats }) {
  const engine = await openEngine();
  if (!engine.inferSpeculative) return 'the engine has no inferSpeculative';
  // Without the chat template: a small model goes on copying where it would rather not rewrite.
  const request = {
    prompt: `Text:\n${original}\n\nThe same text with "stream" in place of "river":\n`,
    raw: true,
    sampling: { ...greedy, maxTokens: 112 },
  };
  await answer(engine, request);
  return repeatMeasures(repeats, async () => {
    const plain = await answer(engine, request);
    const drafted = await engine.inferSpeculative(request, { speculationDepth: 8 });
    const plainRate = plain.timing.decodeTokensPerSecond;
    const speculativeRate = drafted.timing.decodeTokensPerSecond;
    return {
      plainTokensPerSecond: plainRate,
      speculativeTokensPerSecond: speculativeRate,
      speculativeOverPlain: speculativeRate / plainRate,
      acceptanceRate: drafted.speculation.acceptanceRate,
      sameAnswer: Number(drafted.text === plain.text),
    };
  });
}

/** Short requests by the thousand from more clients than there are slots: memory stays, and each gets its own answer. */
async function many(openEngine, { requests }) {
  const engine = await openEngine({ maxRunningRequests: 8 });
  // A line said again and again goes on: answers differ by prompt and leave rounding nothing to decide.
  const prompts = Array.from({ length: 16 }, (_, i) => `${promptText(3, i)}\n`.repeat(4 + (i % 4)));
  const ask = async (prompt) =>
    (await answer(engine, { prompt, raw: true, sampling: { ...greedy, maxTokens: 4 } })).text;
  const expected = [];
  for (const prompt of prompts) expected.push(await ask(prompt));
  if (new Set(expected).size < prompts.length) throw new Error(`prompts share an answer: ${JSON.stringify(expected)}`);

  const residentBytes = [];
  const wrongAnswers = [];
  let asked = 0;
  const client = async () => {
    while (asked < requests) {
      const which = asked++ % prompts.length;
      const text = await ask(prompts[which]);
      if (text !== expected[which]) wrongAnswers.push(text);
      residentBytes.push(process.memoryUsage.rss());
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: 12 }, client));
  const seconds = (performance.now() - from) / 1000;
  const quarter = (index) =>
    median(residentBytes.slice(Math.floor((index * requests) / 4), Math.floor(((index + 1) * requests) / 4)));
  return {
    requests: [requests],
    wrongAnswers: [wrongAnswers.length],
    requestsPerSecond: [requests / seconds],
    secondQuarterBytes: [quarter(1)],
    lastQuarterBytes: [quarter(3)],
    lastOverSecondQuarter: [quarter(3) / quarter(1)],
  };
}

export const ownCases = { prefix, speculative, many };
