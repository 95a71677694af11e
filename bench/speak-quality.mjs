// Whether what Ferrum says can be understood: faster-whisper in float32 (beam 5) hears it, and its word error rates against the
// text are printed, lower case and without punctuation. The texts are words60, words200 twice over, and words60 that comes in
// pieces of five characters; voices with noise speak each several times, with other seeds. Then sentences that a person reads
// otherwise than they are written. Writes tables to stderr and one line of JSON to stdout.
//   node bench/speak-quality.mjs WHISPER-FOLDER [--voices joe,af_heart] [--repeats 3] [--texts FILE.json] [--threads 2]
//     [--python python3] [--keep FOLDER]
// WHISPER-FOLDER has a model in CTranslate2's layout; python has faster-whisper and jiwer. The wav files are kept in --keep.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startFerrum, voices } from './speak-programs.mjs';
import { readTexts, trickySentences } from './speak-texts.mjs';
import { median } from './statistics.mjs';
import { startPeer } from './transcribe-process.mjs';
import { exitWithUsage } from './usage.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    voices: { type: 'string', default: Object.keys(voices).join(',') },
    repeats: { type: 'string', default: '3' },
    texts: { type: 'string' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string', default: 'python3' },
    keep: { type: 'string' },
  },
});
const [whisper] = positionals;
const names = values.voices.split(',');
if (whisper === undefined || names.some((name) => !voices[name])) {
  exitWithUsage(
    `node bench/speak-quality.mjs WHISPER-FOLDER [--voices ${Object.keys(voices).join(',')}] [--repeats 3]`,
  );
}
const { words60, words200 } = readTexts(values.texts);
const cases = {
  words60: { text: words60 },
  words200Twice: { text: `${words200} ${words200}` },
  words60InPieces: { text: words60, pieceLength: 5 },
};
const threads = Number(values.threads);
const round = (value) => Number(value.toFixed(4));
const folder = values.keep ?? mkdtempSync(path.join(tmpdir(), 'ferrum-speech-'));
mkdirSync(folder, { recursive: true });
const ears = await startPeer(whisper, { threads, compute: 'float32', python: values.python });

async function hear(program, request, name) {
  const file = path.join(folder, `${name}.wav`);
  const { audioSeconds } = await program.ask('speak', { ...request, file });
  const { text } = await ears.ask('transcribe', { audio: file, language: 'en', beam: 5 });
  const { wer } = await ears.ask('wer', { reference: request.text, hypothesis: text });
  return { audioSeconds: round(audioSeconds), wer: round(wer), heard: text };
}

async function judge(voice) {
  const program = await startFerrum(voices[voice], { threads });
  const result = {};
  for (const [name, request] of Object.entries(cases)) {
    const runs = [];
    for (let seed = 1; seed <= (voices[voice].hasNoise ? Number(values.repeats) : 1); seed++) {
      console.error(`${voice}, ${name}, ${seed}`);
      runs.push(await hear(program, { ...request, seed }, `${voice}-${name}-${seed}`));
    }
    const rates = runs.map(({ wer }) => wer);
    result[name] = { medianWer: median(rates), mostWer: Math.max(...rates), runs };
  }
  const tricky = [];
  for (const [index, text] of trickySentences.entries()) {
    const { heard } = await hear(program, { text, seed: 1 }, `${voice}-tricky-${index + 1}`);
    tricky.push({ text, heard });
  }
  await program.close();
  return { ...result, tricky };
}

const results = {};
for (const voice of names) results[voice] = await judge(voice);
await ears.close();
if (values.keep === undefined) rmSync(folder, { recursive: true });

const out = new console.Console(process.stderr);
out.table(
  Object.entries(results).flatMap(([voice, result]) =>
    Object.keys(cases).map((text) => ({ voice, text, WER: result[text].runs.map(({ wer }) => wer).join(' ') })),
  ),
);
for (const [voice, { tricky }] of Object.entries(results)) out.table(tricky.map((row) => ({ voice, ...row })));
console.log(JSON.stringify({ hearer: ears.program, repeats: Number(values.repeats), ...results }));
