// Ferrum against node-llama-cpp on the same GGUF files, the two alternating, each case in a process of its own. Prints one
// line of JSON per file: for each measure of each case the medians, the ratio of Ferrum to the peer, and that of each pair.
//   PEERS_DIR=<folder with node-llama-cpp> node bench/llm-compare.mjs MODEL.gguf… [--pairs 5] [--cases prefill,b1,…]
//     [--threads 2] [--repeats 3] [--options '{"prefixCacheBytes":0}'] [--requests 10000]
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cases } from './llm-cases.mjs';
import { ownCases } from './llm-own-cases.mjs';
import { median, watchSteal } from './statistics.mjs';
import { exitWithUsage } from './usage.mjs';

const { values, positionals: models } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: 'string', default: '5' },
    cases: { type: 'string', default: Object.keys(cases).join(',') },
    threads: { type: 'string', default: '2' },
    repeats: { type: 'string', default: '3' },
    options: { type: 'string', default: '{}' },
    requests: { type: 'string', default: '10000' },
  },
});
const names = values.cases.split(',');
if (models.length === 0 || names.some((name) => !cases[name] && !ownCases[name])) {
  const known = [...Object.keys(cases), ...Object.keys(ownCases)].join(',');
  exitWithUsage(`PEERS_DIR=… node bench/llm-compare.mjs MODEL.gguf… [--pairs 5] [--cases ${known}] [--threads 2]`);
}
const scripts = { ferrum: 'llm-ferrum.mjs', peer: 'peers/node-llama-cpp.mjs' };
const ferrumFlags = ['--options', values.options, '--requests', values.requests];

function run(program, model, name) {
  const file = path.join(import.meta.dirname, scripts[program]);
  const common = [model, '--case', name, '--threads', values.threads, '--repeats', values.repeats];
  const args = [file, ...common, ...(program === 'ferrum' ? ferrumFlags : [])];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
}

/** Whoever goes second finds the file in memory and the processor warm, so they take turns. */
function runPair(model, name, index) {
  const both = index % 2 === 0 ? ['ferrum', 'peer'] : ['peer', 'ferrum'];
  const steal = watchSteal();
  const pair = {};
  for (const program of ownCases[name] ? ['ferrum'] : both) pair[program] = run(program, model, name);
  const [ferrum, peer] = [pair.ferrum.measures?.promptTokens, pair.peer?.measures.promptTokens];
  if (peer && ferrum.median !== peer.median) throw new Error(`${name}: Ferrum counts other tokens than its peer`);
  return { ...pair, stealPercent: steal() };
}

function comparePairs(pairs) {
  const [first] = pairs;
  if (first.ferrum.skipped) return { skipped: first.ferrum.skipped };
  const round = (value) => Number(value.toPrecision(4));
  const { promptTokens, ...measures } = first.ferrum.measures;
  const result = { promptTokens: promptTokens?.median, stealPercent: pairs.map((pair) => pair.stealPercent) };
  for (const name of Object.keys(measures)) {
    const of = (program) => pairs.map((pair) => pair[program].measures[name].median);
    const ferrum = of('ferrum');
    if (!first.peer?.measures[name]) {
      result[name] = { ferrum: round(median(ferrum)), values: ferrum.map(round) };
      continue;
    }
    const peer = of('peer');
    const ratios = ferrum.map((value, i) => value / peer[i]);
    result[name] = {
      ferrum: round(median(ferrum)),
      peer: round(median(peer)),
      ratio: round(median(ratios)),
      ratios: ratios.map(round),
    };
  }
  return result;
}

for (const model of models) {
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let index = 0; index < Number(values.pairs); index++) {
    for (const name of names) {
      console.error(`${path.basename(model)}: pair ${index + 1} of ${values.pairs}, ${name}`);
      results[name].push(runPair(model, name, index));
    }
  }
  const peer = Object.values(results).flatMap((pairs) => pairs[0].peer?.program ?? [])[0];
  const machine = { processor: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
  const facts = { model: path.basename(model), fileBytes: statSync(model).size, peer, machine };
  const settings = { threads: Number(values.threads), pairs: Number(values.pairs), repeats: Number(values.repeats) };
  const compared = Object.entries(results).map(([name, pairs]) => [name, comparePairs(pairs)]);
  console.log(JSON.stringify({ ...facts, ...settings, ...Object.fromEntries(compared) }));
}
