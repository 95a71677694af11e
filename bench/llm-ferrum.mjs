// Speed, event-loop delay and memory of Ferrum on one model. Prints one line of JSON. `residentTimesFile` is resident
// memory as a multiple of the model's file, for a model that is one.
//   node bench/llm-ferrum.mjs MODEL [--threads 2] [--repeats 3] [--quantization int8]
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { plugin } from '../packages/llm/dist/index.js';
import { createHost } from '../packages/registry/dist/index.js';
import { generate } from './generate.mjs';
import { text, workload } from './llm-workload.mjs';
import { median, summary } from './statistics.mjs';
import { exitWithUsage } from './usage.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '2' },
    repeats: { type: 'string', default: '3' },
    quantization: { type: 'string' },
  },
});
const [model] = positionals;
if (model === undefined) {
  exitWithUsage('node bench/llm-ferrum.mjs MODEL [--threads 2] [--repeats 3] [--quantization int8]');
}
const threads = Number(values.threads);
const repeats = Number(values.repeats);
const options = { threads, ...(values.quantization ? { quantization: values.quantization } : {}) };

const openedFrom = performance.now();
const host = createHost({ plugins: [plugin] });
const engine = await host.resolve('text-generation', { model, options });
const openMs = performance.now() - openedFrom;

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
    const { usage } = await generate(engine, words.slice(0, middle).join(' '), 1);
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
const delaysOverIdle = [];
for (let i = 0; i <= repeats; i++) {
  const first = await generate(engine, long, 1);
  let second;
  const idle = await delayOf(() => new Promise((resolve) => setTimeout(resolve, 1000)));
  const delay = await delayOf(async () => {
    second = await generate(engine, short, workload.newTokens);
  });
  if (i === 0) continue;
  prefill.push((1000 * first.usage.promptTokens) / first.chunkMs[0]);
  decode.push(second.timing.decodeTokensPerSecond);
  interTokenMs.push(median(second.chunkMs.slice(1).map((time, k) => time - second.chunkMs[k])));
  delays.push(delay);
  delaysOverIdle.push(delay - idle);
}
const peakRssBytes = process.resourceUsage().maxRSS * 1024;
await host.dispose();

const residentScript = path.join(import.meta.dirname, 'llm-resident.mjs');
const residentBytes = Number(execFileSync(process.execPath, [residentScript, model, JSON.stringify(options), long]));
const file = statSync(model, { throwIfNoEntry: false });
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
    eventLoopDelayOverIdleMs: summary(delaysOverIdle),
    residentBytes,
    ...(file?.isFile() ? { residentTimesFile: Number((residentBytes / file.size).toFixed(2)) } : {}),
    peakRssBytes,
  }),
);
