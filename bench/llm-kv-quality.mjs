// What 8-bit keys and values cost in quality: log-probabilities of a text with both kinds of cache. Prints one line of JSON.
//   node bench/llm-kv-quality.mjs MODEL TEXT-FILE [--threads 2]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { plugin } from '../packages/llm/dist/index.js';
import { createHost } from '../packages/registry/dist/index.js';
import { exitWithUsage } from './usage.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string', default: '2' } },
});
const [model, textFile] = positionals;
if (textFile === undefined) exitWithUsage('node bench/llm-kv-quality.mjs MODEL TEXT-FILE [--threads 2]');
const prompt = readFileSync(textFile, 'utf8');
const host = createHost({ plugins: [plugin] });

async function score(kvCacheType) {
  const options = { threads: Number(values.threads), kvCacheType };
  const engine = await host.resolve('text-generation', { model, options });
  const sampling = { temperature: 0, maxTokens: 1, echo: true, logprobs: true, topLogprobs: 2 };
  const { promptLogprobs } = await engine.infer({ prompt, raw: true, sampling });
  return promptLogprobs.slice(1);
}

const [plain, small] = [await score('float32'), await score('int8')];
const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const perplexity = (scores) => Math.exp(-mean(scores.map(({ logprob }) => logprob)));
const clear = plain.map(({ top }, i) => [top[0].logprob - top[1].logprob, i]).filter(([gap]) => gap >= 0.3);
console.log(
  JSON.stringify({
    model,
    tokens: plain.length,
    perplexity: { float32: perplexity(plain), int8: perplexity(small) },
    meanAbsoluteLogprobChange: mean(plain.map(({ logprob }, i) => Math.abs(logprob - small[i].logprob))),
    clearSteps: clear.length,
    clearStepsWithAnotherBest: clear.filter(([, i]) => plain[i].top[0].token !== small[i].top[0].token).length,
  }),
);
await host.dispose();
