// One case of the language-model benchmark in Ferrum: those of llm-cases.mjs, and those of llm-own-cases.mjs that no other
// program has. Prints one line of JSON.
//   node bench/llm-ferrum.mjs MODEL --case b4 [--threads 2] [--repeats 3] [--options '{"quantization":"int8"}'] [--requests 10000]
import { plugin } from '../packages/llm/dist/index.js';
import { createHost } from '../packages/registry/dist/index.js';
import { ownCases } from './llm-own-cases.mjs';
import { measureCase, printResult, readCommandLine } from './run-cases.mjs';

const line = readCommandLine('node bench/llm-ferrum.mjs MODEL', {
  options: { type: 'string', default: '{}' },
  requests: { type: 'string', default: '10000' },
});
const { model, threads, repeats } = line;
const facts = { program: 'ferrum', model, case: line.case, threads };
const host = createHost({ plugins: [plugin] });

async function openEngine(options = {}) {
  const from = performance.now();
  const given = { threads, ...options, ...JSON.parse(line.options) };
  const engine = await host.resolve('text-generation', { model, options: given });
  facts.openMs = Math.round(performance.now() - from);
  return engine;
}

async function open() {
  const engine = await openEngine();
  const generate = async (_stream, prompt, maxTokens, onToken) => {
    const tokenMs = [];
    const request = { prompt, raw: true, sampling: { temperature: 0, maxTokens, ignoreEos: true } };
    for await (const { tokens, usage } of engine.inferStream(request)) {
      for (const _ of tokens) {
        tokenMs.push(performance.now());
        onToken?.(tokenMs.length);
      }
      if (usage) return { tokenMs, promptTokens: usage.promptTokens };
    }
  };
  return { generate };
}

const own = ownCases[line.case];
const samples = own
  ? await own(openEngine, { repeats, requests: Number(line.requests) })
  : await measureCase(line, open);
await host.dispose();
if (typeof samples === 'string') console.log(JSON.stringify({ ...facts, skipped: samples }));
else printResult(facts, samples);
