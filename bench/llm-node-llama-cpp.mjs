// The same workload on node-llama-cpp, which lives in a folder of its own: PEERS_DIR=<folder that holds node_modules>.
//   PEERS_DIR=… node bench/llm-node-llama-cpp.mjs MODEL.gguf [--threads 2] [--repeats 3]
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { text, workload } from './llm-workload.mjs';
import { summary } from './statistics.mjs';
import { exitWithUsage } from './usage.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string', default: '2' }, repeats: { type: 'string', default: '3' } },
});
const [modelPath] = positionals;
if (modelPath === undefined) {
  exitWithUsage('PEERS_DIR=… node bench/llm-node-llama-cpp.mjs MODEL.gguf [--threads 2] [--repeats 3]');
}
const threads = Number(values.threads);
const repeats = Number(values.repeats);

const peers = path.resolve(process.env.PEERS_DIR ?? '.');
const entry = path.join(peers, 'node_modules', 'node-llama-cpp', 'dist', 'index.js');
const { getLlama } = await import(pathToFileURL(entry).href);
const { version } = createRequire(entry)('../package.json');

const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, logLevel: 'error' });
const openedFrom = performance.now();
const model = await llama.loadModel({ modelPath });
const openMs = performance.now() - openedFrom;
const all = model.tokenize(text.repeat(40));

async function measure(contextSize, promptTokens, newTokens) {
  const context = await model.createContext({
    contextSize,
    sequences: 1,
    batchSize: 512,
    threads,
    flashAttention: true,
  });
  const sequence = context.getSequence();
  const rows = [];
  for (let i = 0; i <= repeats; i++) {
    await sequence.clearHistory();
    const from = performance.now();
    const at = [];
    const prompt = all.slice(i * 7, i * 7 + promptTokens);
    for await (const _ of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
      at.push(performance.now());
      if (at.length >= newTokens) break;
    }
    if (i > 0) rows.push({ from, at });
  }
  await context.dispose();
  return rows;
}

const { prefillTokens, promptTokens, newTokens } = workload;
const prefill = (await measure(1024, prefillTokens, 1)).map(({ from, at }) => (1000 * prefillTokens) / (at[0] - from));
const decodeRuns = await measure(256, promptTokens, newTokens);
const decode = decodeRuns.map(({ at }) => (1000 * (at.length - 1)) / (at.at(-1) - at[0]));
const interTokenMs = decodeRuns.map(({ at }) => {
  const gaps = at.slice(1).map((time, k) => time - at[k]);
  return gaps.sort((a, b) => a - b)[gaps.length >> 1];
});
console.log(
  JSON.stringify({
    program: `node-llama-cpp ${version}`,
    model: modelPath,
    threads,
    openMs: Math.round(openMs),
    prefillTokensPerSecond: summary(prefill),
    decodeTokensPerSecond: summary(decode),
    interTokenMs: summary(interTokenMs),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  }),
);
process.exit(0);
