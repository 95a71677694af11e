// Ferrum against transformers.js on the same weights, the two alternating, each case in a process of its own. Prints one line
// of JSON: for each comparison the medians, the ratio of texts per second, and that of each pair.
//   PEERS_DIR=<folder with @huggingface/transformers> node bench/embed-compare.mjs MODEL PEER-FOLDER [--pairs 5]
//     [--compare single,mixed,…] [--threads 2] [--repeats 5]
// MODEL is what Ferrum opens, PEER-FOLDER the same weights as ONNX files: see bench/peers/transformers-js.mjs.
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median, watchSteal } from './statistics.mjs';
import { exitWithUsage } from './usage.mjs';

const int8 = { quantization: 'int8' };
/** Ferrum's case, with options, and the peer's, with its dtype. */
const comparisons = {
  single: { ferrum: ['single'], peer: ['single', 'fp32'] },
  batch32: { ferrum: ['batch32'], peer: ['batch32', 'fp32'] },
  batch8x128: { ferrum: ['batch8x128'], peer: ['batch8x128', 'fp32'] },
  mixed: { ferrum: ['mixed256'], peer: ['mixed256', 'fp32'] },
  mixedSorted: { ferrum: ['mixed256'], peer: ['sorted256', 'fp32'] },
  callers: { ferrum: ['callers64'], peer: ['single', 'fp32'] },
  int8MixedSorted: { ferrum: ['mixed256', int8], peer: ['sorted256', 'q8'] },
  int8Single: { ferrum: ['single', int8], peer: ['single', 'q8'] },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: 'string', default: '5' },
    compare: { type: 'string', default: Object.keys(comparisons).join(',') },
    threads: { type: 'string', default: '2' },
    repeats: { type: 'string', default: '5' },
  },
});
const [model, peerFolder] = positionals;
const names = values.compare.split(',');
if (peerFolder === undefined || names.some((name) => !comparisons[name])) {
  const known = Object.keys(comparisons).join(',');
  exitWithUsage(`PEERS_DIR=… node bench/embed-compare.mjs MODEL PEER-FOLDER [--pairs 5] [--compare ${known}]`);
}

function run(script, args) {
  const file = path.join(import.meta.dirname, script);
  const common = ['--threads', values.threads, '--repeats', values.repeats];
  const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] };
  return JSON.parse(execFileSync(process.execPath, [file, ...args, ...common], options));
}

const programs = {
  ferrum: ([name, options = {}]) =>
    run('embed-ferrum.mjs', [model, '--case', name, '--options', JSON.stringify(options)]),
  peer: ([name, dtype]) => run('peers/transformers-js.mjs', [peerFolder, '--case', name, '--dtype', dtype]),
};

/** Whoever goes second finds the processor warm, so they take turns. */
function runPair(name, index) {
  const steal = watchSteal();
  const pair = {};
  for (const program of index % 2 === 0 ? ['ferrum', 'peer'] : ['peer', 'ferrum']) {
    pair[program] = programs[program](comparisons[name][program]);
  }
  return { ...pair, stealPercent: steal() };
}

function comparePairs(pairs) {
  const round = (value) => Number(value.toPrecision(4));
  const of = (program, measure) => pairs.map((pair) => pair[program].measures[measure].median);
  const [ferrum, peer] = [of('ferrum', 'textsPerSecond'), of('peer', 'textsPerSecond')];
  const ratios = ferrum.map((value, i) => value / peer[i]);
  const medians = (measure) => ({
    ferrum: round(median(of('ferrum', measure))),
    peer: round(median(of('peer', measure))),
  });
  return {
    ratio: round(median(ratios)),
    ratios: ratios.map(round),
    textsPerSecond: medians('textsPerSecond'),
    eventLoopDelayMs: medians('eventLoopDelayMs'),
    longestStallMs: medians('longestStallMs'),
    peakRssBytes: medians('peakRssBytes'),
    stealPercent: pairs.map((pair) => pair.stealPercent),
  };
}

const results = Object.fromEntries(names.map((name) => [name, []]));
for (let index = 0; index < Number(values.pairs); index++) {
  for (const name of names) {
    console.error(`pair ${index + 1} of ${values.pairs}, ${name}`);
    results[name].push(runPair(name, index));
  }
}
const machine = { processor: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
const peer = Object.values(results)[0][0].peer.program;
const settings = { threads: Number(values.threads), pairs: Number(values.pairs), repeats: Number(values.repeats) };
const compared = Object.entries(results).map(([name, pairs]) => [name, comparePairs(pairs)]);
console.log(JSON.stringify({ model, peer, machine, ...settings, ...Object.fromEntries(compared) }));
