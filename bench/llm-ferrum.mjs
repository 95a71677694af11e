// Speed, event-loop delay and memory of Ferrum on one model. Prints one line of JSON.
//   node bench/llm-ferrum.mjs MODEL [--threads 2] [--repeats 3] [--quantization int8]
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { plugin } from '../packages/llm/dist/index.js';
import { createHost } from '../packages/registry/dist/index.js';
import { text, workload } from './llm-workload.mjs';
import { summary } from './statistics.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '2' },
    repeats: { type: 'string', default: '3' },
    quantization: { type: 'string' },
  },
});
const [model] = positionals;
const threads = Number(values.threads);
const repeats = Number(values.repeats);
const options = { threads, ...(values.quantization ? { quantization: values.quantization } : {}) };

const openedFrom = performance.now();
const host = createHost({ plugins: [plugin] });
const engine = await host.resolve('text-generation', { model, options });
const openMs = performance.now() - openedFrom;

async function generate(prompt, maxTokens) {
  const sampling = { temperature: 0, maxTokens, ignoreEos: true };
  const at = [];
  let last;
  for await (const chunk of engine.inferStream({ prompt, raw: true, sampling })) {
    at.push(performance.now());
    last = chunk;
  }
  return { at, ...last };
}

/** Text of exactly so many tokens, found by asking the engine. */
async function promptOf(tokens, offset) {
  const words = text
    .repeat(40)
    .split(' ')
    .slice(offset * 7);
  let low = 1;
  let high = words.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { usage } = await generate(words.slice(0, middle).join(' '), 1);
    if (usage.promptTokens === tokens) return words.slice(0, middle).join(' ');
    if (usage.promptTokens < tokens) low = middle + 1;
    else high = middle;
  }
  // Some word has two tokens just there; one more or less does not matter, the counted number is used.
  return words.slice(0, low).join(' ');
}

async function delayOf(body) {
  const histogram = monitorEventLoopDelay({ resolution: 2 });
  histogram.enable();
  await body();
  histogram.disable();
  return histogram.percentile(99) / 1e6 - 2;
}

const long = await promptOf(workload.prefillTokens, 0);
const short = await promptOf(workload.promptTokens, 1);
const prefill = [];
const decode = [];
const interTokenMs = [];
const delays = [];
const idleDelays = [];
let residentBytes;
for (let i = 0; i <= repeats; i++) {
  const first = await generate(long, 1);
  residentBytes ??= await generate(short, workload.promptTokens).then(() => process.memoryUsage.rss());
  let second;
  const idle = await delayOf(() => new Promise((resolve) => setTimeout(resolve, 1000)));
  const delay = await delayOf(async () => {
    second = await generate(short, workload.newTokens);
  });
  if (i === 0) continue;
  prefill.push(first.timing.prefillTokensPerSecond);
  decode.push(second.timing.decodeTokensPerSecond);
  const gaps = second.at.slice(1).map((time, k) => time - second.at[k]);
  interTokenMs.push(gaps.sort((a, b) => a - b)[gaps.length >> 1]);
  delays.push(delay);
  idleDelays.push(idle);
}
await host.dispose();
console.log(
  JSON.stringify({
    program: 'ferrum',
    model,
    threads,
    openMs: Math.round(openMs),
    prefillTokensPerSecond: summary(prefill),
    decodeTokensPerSecond: summary(decode),
    interTokenMs: summary(interTokenMs),
    eventLoopDelayMs: summary(delays),
    idleEventLoopDelayMs: summary(idleDelays),
    residentBytes,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  }),
);
