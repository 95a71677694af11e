// Ferrum's speech against that of piper-tts, sherpa-onnx-node and ONNX Runtime from the same model files. How fast a process is
// depends on where its memory lies, so that every pair has fresh processes, which take turns: each opens its model, speaks a
// sentence that is not counted, then the text several times, of which the median counts. Prints one line of JSON: for each case
// the medians over the pairs, the ratios (below 1 Ferrum is faster or smaller), those of each pair, and steal.
//   node bench/speak-compare.mjs [--pairs 5] [--compare joe,kokoro,kokoroPlain,sherpa] [--threads 2] [--python python3]
//     [--text words60] [--texts FILE.json] [--peers FOLDER]
// python has piper-tts, kokoro-onnx and, for sherpa, onnx; FOLDER holds node_modules with onnxruntime-node (kokoroPlain) and
// sherpa-onnx-node (sherpa).
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { openPeers, startFerrum, voices } from './speak-programs.mjs';
import { readTexts } from './speak-texts.mjs';
import { median, watchSteal } from './statistics.mjs';
import { exitWithUsage } from './usage.mjs';

const { joe, af_heart: heart } = voices;
/** `isPackage` for a peer that lives in FOLDER. Plain onnxruntime-node takes so long over Kokoro that it has ten words, once. */
const cases = {
  joe: { voice: joe, peer: 'piper' },
  kokoro: { voice: heart, peer: 'kokoroOnnx' },
  kokoroPlain: { voice: heart, peer: 'kokoroNode', isPackage: true, textName: 'words10', peerRepeats: 1 },
  sherpa: { voice: joe, peer: 'sherpa', isPackage: true },
};

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '5' },
    compare: { type: 'string', default: Object.keys(cases).join(',') },
    threads: { type: 'string', default: '2' },
    python: { type: 'string', default: 'python3' },
    text: { type: 'string', default: 'words60' },
    texts: { type: 'string' },
    peers: { type: 'string' },
  },
});
const texts = readTexts(values.texts);
const names = values.compare.split(',');
const isUnknown = names.some((name) => !cases[name]) || texts[values.text] === undefined;
if (isUnknown || (values.peers === undefined && names.some((name) => cases[name].isPackage))) {
  exitWithUsage(
    `node bench/speak-compare.mjs [--pairs 5] [--compare ${Object.keys(cases).join(',')}] [--text words10|words60|words200] [--peers FOLDER]`,
  );
}
const threads = Number(values.threads);
const pairCount = Number(values.pairs);
const repeats = 3;
const round = (value) => Number(value.toPrecision(4));

/** The medians of a fresh process. */
async function measure(start, { text, repeats: count, delay }) {
  const program = await start();
  await program.ask('speak', { text: 'This first sentence is not counted.' });
  const answers = [];
  for (let repeat = 0; repeat < count; repeat++) answers.push(await program.ask('speak', { text }));
  const { peakRssBytes } = await program.ask('memory');
  // Apart: asking the loop every 2 ms takes time from what computes beside it.
  const stalls = delay ? await program.ask('delay', { text }) : {};
  await program.close();
  const of = (measure) => median(answers.map(measure));
  const { phonemizationSeconds } = answers[0];
  return {
    program: program.program,
    realTimeFactor: of(({ seconds, audioSeconds }) => seconds / audioSeconds),
    firstAudioSeconds: of((answer) => answer.firstAudioSeconds),
    seconds: of(({ seconds }) => seconds),
    audioSeconds: of(({ audioSeconds }) => audioSeconds),
    peakRssBytes,
    ...(phonemizationSeconds === undefined
      ? {}
      : { phonemizationShare: of((answer) => answer.phonemizationSeconds / answer.seconds) }),
    ...stalls,
  };
}

async function runPair(name, index, peers) {
  const { voice, peer, textName = values.text, peerRepeats = repeats } = cases[name];
  const text = texts[textName];
  const sides = {
    ferrum: () => measure(() => startFerrum(voice, { threads }), { text, repeats, delay: true }),
    peer: () => measure(peers[peer], { text, repeats: peerRepeats, delay: false }),
  };
  const steal = watchSteal();
  const pair = {};
  for (const side of index % 2 === 0 ? ['ferrum', 'peer'] : ['peer', 'ferrum']) pair[side] = await sides[side]();
  return { text: textName, ...pair, stealPercent: steal() };
}

function summarize(pairs) {
  const of = (side, measure) => pairs.map((pair) => pair[side][measure]);
  const medianOf = (side, measure) => round(median(of(side, measure)));
  const both = (measure) => ({ ferrum: medianOf('ferrum', measure), peer: medianOf('peer', measure) });
  const compared = (measure) => ({
    ...both(measure),
    ratioOfMedians: round(median(of('ferrum', measure)) / median(of('peer', measure))),
    ratios: pairs.map(({ ferrum, peer }) => round(ferrum[measure] / peer[measure])),
  });
  const [{ text, peer }] = pairs;
  return {
    text,
    peer: peer.program,
    realTimeFactor: compared('realTimeFactor'),
    firstAudioSeconds: compared('firstAudioSeconds'),
    seconds: compared('seconds'),
    audioSeconds: both('audioSeconds'),
    peakRssBytes: both('peakRssBytes'),
    phonemizationShare: medianOf('ferrum', 'phonemizationShare'),
    eventLoopDelayMs: medianOf('ferrum', 'eventLoopDelayMs'),
    longestStallMs: medianOf('ferrum', 'longestStallMs'),
    stealPercent: pairs.map(({ stealPercent }) => stealPercent),
  };
}

// Converting a model, which happens once on a machine, is no part of the memory of a case.
for (const voice of new Set(names.map((name) => cases[name].voice))) {
  await (await startFerrum(voice, { threads })).close();
}
const results = Object.fromEntries(names.map((name) => [name, []]));
const peers = await openPeers({ threads, python: values.python, peers: values.peers });
try {
  for (let index = 0; index < pairCount; index++) {
    for (const name of names) {
      console.error(`pair ${index + 1} of ${pairCount}, ${name}`);
      results[name].push(await runPair(name, index, peers));
    }
  }
} finally {
  peers.close();
}
const machine = { processor: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
const compared = Object.entries(results).map(([name, pairs]) => [name, summarize(pairs)]);
console.log(JSON.stringify({ machine, threads, pairs: pairCount, repeats, ...Object.fromEntries(compared) }));
