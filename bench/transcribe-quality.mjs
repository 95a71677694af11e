// How right Ferrum's transcriptions are beside those of faster-whisper in float32, on the same weights and settings: word error
// rates, how far the boundaries of segments and the starts of words lie apart, and the language heard. Writes a table to stderr
// and one line of JSON to stdout.
//   node bench/transcribe-quality.mjs MODEL PEER-FOLDER AUDIO-FOLDER [--clips jfk.wav,…] [--threads 2] [--python python3]
// AUDIO-FOLDER has the clips of transcribe-clips.mjs; python has faster-whisper and jiwer.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './statistics.mjs';
import { clips } from './transcribe-clips.mjs';
import { startFerrum, startPeer } from './transcribe-process.mjs';
import { exitWithUsage } from './usage.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    clips: { type: 'string', default: clips.map(({ name }) => name).join(',') },
    threads: { type: 'string', default: '2' },
    python: { type: 'string', default: 'python3' },
  },
});
const [model, peerFolder, audioFolder] = positionals;
const names = values.clips.split(',');
const chosen = clips.filter(({ name }) => names.includes(name));
if (audioFolder === undefined || chosen.length < names.length) {
  const known = clips.map(({ name }) => name).join(',');
  exitWithUsage(`node bench/transcribe-quality.mjs MODEL PEER-FOLDER AUDIO-FOLDER [--clips ${known}]`);
}

const threads = Number(values.threads);
const peer = await startPeer(peerFolder, { threads, compute: 'float32', python: values.python });
const programs = {
  peer,
  float32: await startFerrum(model, { threads, quantization: 'float32' }),
  int8: await startFerrum(model, { threads, quantization: 'int8' }),
};
const round = (value) => Number(value.toFixed(4));

async function askAll(request) {
  const answers = {};
  for (const [name, program] of Object.entries(programs)) answers[name] = await program.ask('transcribe', request);
  return answers;
}

/**
 * Seconds between the boundaries of both, the most and the median. Those of as many segments are compared in order; else each
 * of the peer's with the nearest of ours.
 */
function boundaries(ours, theirs) {
  const of = ({ segments }) => segments.flatMap(({ start, end }) => [start, end]);
  const [our, their] = [of(ours), of(theirs)];
  const distances = their.map((time, index) =>
    our.length === their.length
      ? Math.abs(our[index] - time)
      : Math.min(...our.map((candidate) => Math.abs(candidate - time))),
  );
  return {
    segments: ours.segments.length,
    most: round(Math.max(0, ...distances)),
    median: round(distances.length > 0 ? median(distances) : 0),
  };
}

/** Seconds between the starts of the words that both heard. */
async function wordStarts(ours, theirs) {
  const of = ({ segments }) => segments.flatMap(({ words }) => words);
  const [our, their] = [of(ours), of(theirs)];
  const texts = (words) => words.map(({ word }) => word);
  const { pairs } = await peer.ask('match', { a: texts(our), b: texts(their) });
  const distances = pairs.map(([i, j]) => Math.abs(our[i].start - their[j].start));
  return {
    words: our.length,
    matched: pairs.length,
    median: distances.length > 0 ? round(median(distances)) : null,
    most: round(Math.max(0, ...distances)),
  };
}

async function judge({ name, language, text }, beam) {
  const audio = path.join(audioFolder, name);
  const plain = await askAll({ audio, language, beam });
  const timed = await askAll({ audio, language, beam, words: true });
  const wer = async (answer) => round((await peer.ask('wer', { reference: text, hypothesis: answer.text })).wer);
  const result = { clip: name, beam };
  for (const program of Object.keys(programs)) {
    result[program] = {
      wer: await wer(plain[program]),
      werTimed: await wer(timed[program]),
      ...(program === 'peer'
        ? { segments: plain.peer.segments.length }
        : {
            sameText: plain[program].text === plain.peer.text,
            sameTextTimed: timed[program].text === timed.peer.text,
            boundaries: boundaries(plain[program], plain.peer),
            boundariesTimed: boundaries(timed[program], timed.peer),
            wordStarts: await wordStarts(timed[program], timed.peer),
          }),
    };
  }
  return result;
}

async function languages({ name }) {
  const heard = await askAll({ audio: path.join(audioFolder, name) });
  const of = ({ language, languageProbability }) => `${language} ${languageProbability.toFixed(4)}`;
  return { clip: name, ...Object.fromEntries(Object.entries(heard).map(([program, answer]) => [program, of(answer)])) };
}

function tableOf({ clip, beam, peer: theirs, ...ours }) {
  return Object.entries(ours).map(([program, { wer, werTimed, sameText, boundaries: edges, wordStarts: starts }]) => ({
    clip,
    beam,
    program,
    WER: wer,
    'peer WER': theirs.wer,
    'WER timed': werTimed,
    'peer timed': theirs.werTimed,
    'same text': sameText,
    segments: `${edges.segments} / ${theirs.segments}`,
    'boundary most, s': edges.most,
    'word start median, s': starts.median,
  }));
}

const results = [];
for (const clip of chosen) for (const beam of [1, 5]) results.push(await judge(clip, beam));
const detected = [];
for (const clip of chosen) detected.push(await languages(clip));
for (const program of Object.values(programs)) await program.close();
const out = new console.Console(process.stderr);
out.table(results.flatMap(tableOf));
out.table(detected);
console.log(JSON.stringify({ model, peer: peer.program, results, languages: detected }));
