// Ferrum against faster-whisper on the same weights, both in int8, the two alternating: greedy, five beams, batches, and two
// callers of Ferrum at once against one. Each case has processes of its own, whose models are open before time is taken.
// Prints one line of JSON: for each case the medians, the ratio of seconds (below 1 Ferrum is faster), that of each pair,
// peak memory, and the event loop's delay over an idle one.
//   node bench/transcribe-compare.mjs MODEL PEER-FOLDER SHORT.wav LONG.wav [--pairs 5] [--compare longGreedy,…]
//     [--threads 2] [--python python3]
// MODEL is what Ferrum opens, PEER-FOLDER the same weights in CTranslate2's layout; python has faster-whisper.
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { median, summary, watchSteal } from './statistics.mjs';
import { startFerrum, startPeer } from './transcribe-process.mjs';
import { exitWithUsage } from './usage.mjs';

/** What both are asked for; `together` is a question to Ferrum alone. */
const cases = {
  shortGreedy: { clip: 'short', beam: 1 },
  shortBeam5: { clip: 'short', beam: 5 },
  longGreedy: { clip: 'long', beam: 1 },
  longBeam5: { clip: 'long', beam: 5 },
  longBatched: { clip: 'long', beam: 1, batch: 8 },
  longTogether: { clip: 'long', beam: 1, together: true },
  longBeam5Together: { clip: 'long', beam: 5, together: true },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: 'string', default: '5' },
    compare: { type: 'string', default: Object.keys(cases).join(',') },
    threads: { type: 'string', default: '2' },
    python: { type: 'string', default: 'python3' },
  },
});
const [model, peerFolder, short, long] = positionals;
const names = values.compare.split(',');
if (long === undefined || names.some((name) => !cases[name])) {
  const known = Object.keys(cases).join(',');
  exitWithUsage(
    `node bench/transcribe-compare.mjs MODEL PEER-FOLDER SHORT.wav LONG.wav [--pairs 5] [--compare ${known}]`,
  );
}
const clips = { short, long };
const threads = Number(values.threads);
const pairCount = Number(values.pairs);
const openFerrum = () => startFerrum(model, { threads, quantization: 'int8' });
const openPeer = () => startPeer(peerFolder, { threads, compute: 'int8', python: values.python });

const round = (value) => Number(value.toPrecision(4));

/** Seconds of both sides of each pair, and the processor time that the host took away. */
async function alternate(name, sides) {
  for (const side of Object.values(sides)) await side();
  const pairs = [];
  for (let index = 0; index < pairCount; index++) {
    console.error(`${name}, pair ${index + 1} of ${pairCount}`);
    const steal = watchSteal();
    const pair = {};
    // Whoever goes second finds the processor warm, so they take turns.
    const order = index % 2 === 0 ? Object.keys(sides) : Object.keys(sides).reverse();
    for (const side of order) pair[side] = (await sides[side]()).seconds;
    pairs.push({ ...pair, stealPercent: steal() });
  }
  return pairs;
}

function compare(pairs, [ours, other]) {
  const of = (side) => pairs.map((pair) => pair[side]);
  const ratios = pairs.map((pair) => pair[ours] / pair[other]);
  return {
    ratioOfMedians: round(median(of(ours)) / median(of(other))),
    ratios: ratios.map(round),
    seconds: { [ours]: summary(of(ours), 3), [other]: summary(of(other), 3) },
    stealPercent: pairs.map(({ stealPercent }) => stealPercent),
  };
}

async function measure(name) {
  const { clip, together, ...settings } = cases[name];
  const request = { audio: clips[clip], language: 'en', ...settings };
  const ferrum = await openFerrum();
  const delay = async () => {
    const { eventLoopDelayMs, longestStallMs } = await ferrum.ask('delay', request);
    return { eventLoopDelayMs: round(eventLoopDelayMs), longestStallMs: round(longestStallMs) };
  };
  if (together) {
    const sides = {
      two: () => ferrum.ask('transcribe', { ...request, callers: 2 }),
      one: () => ferrum.ask('transcribe', request),
    };
    const result = compare(await alternate(name, sides), ['two', 'one']);
    const { peakRssBytes } = await ferrum.ask('memory');
    await ferrum.close();
    return { ...result, peakRssBytes: { ferrum: peakRssBytes } };
  }
  const peer = await openPeer();
  program = peer.program;
  const sides = { ferrum: () => ferrum.ask('transcribe', request), peer: () => peer.ask('transcribe', request) };
  const result = compare(await alternate(name, sides), ['ferrum', 'peer']);
  const memory = { ferrum: (await ferrum.ask('memory')).peakRssBytes, peer: (await peer.ask('memory')).peakRssBytes };
  await peer.close();
  const stalls = await delay();
  await ferrum.close();
  return { ...result, peakRssBytes: memory, ...stalls };
}

let program;
// Converting the model, which happens once on a machine, is no part of the memory of a case.
await (await openFerrum()).close();
const results = {};
for (const name of names) results[name] = await measure(name);
const machine = { processor: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
console.log(JSON.stringify({ model, peer: program, machine, threads, pairs: pairCount, ...results }));
