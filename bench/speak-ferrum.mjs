// Ferrum as a process that speaks, a line of JSON each (see answering-process.mjs).
//   node bench/speak-ferrum.mjs MODEL [--voice af_heart] [--threads 2]
import { parseArgs } from 'node:util';
import { writeAudioFile } from '../packages/audio/dist/index.js';
import { createHost } from '../packages/registry/dist/index.js';
import { plugin as tts } from '../packages/tts/dist/index.js';
import { plugin as espeak } from '../plugins/espeak/dist/index.js';
import { answerRequests, memory } from './answer-requests.mjs';
import { delayOverIdle } from './event-loop-delay.mjs';
import { exitWithUsage } from './usage.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { voice: { type: 'string' }, threads: { type: 'string', default: '2' } },
});
const [model] = positionals;
if (model === undefined) exitWithUsage('node bench/speak-ferrum.mjs MODEL [--voice af_heart] [--threads 2]');
const voice = values.voice === undefined ? {} : { voice: values.voice };
const host = createHost({ plugins: [tts, espeak] });
const phonemizer = timed(await host.resolve('phonemization', { model: 'espeak-ng' }));
const engine = await host.resolve('speech', { model, options: { threads: Number(values.threads), phonemizer } });

const delay = (request) => delayOverIdle(() => speak(request));
await answerRequests('Ferrum', { speak, delay, memory });
await host.dispose();

/** With `pieceLength` the text comes in pieces of so many characters; with `file` the speech is written there as wav. */
async function speak({ text, seed, pieceLength, file }) {
  phonemizer.seconds = 0;
  const options = { ...voice, ...(seed === undefined ? {} : { seed }) };
  const source = pieceLength === undefined ? text : piecesOf(text, pieceLength);
  const chunks = [];
  let firstAudioSeconds;
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  for await (const { samples } of engine.synthesizeStream(source, options)) {
    firstAudioSeconds ??= seconds();
    chunks.push(samples);
  }
  const answer = { seconds: seconds(), firstAudioSeconds, phonemizationSeconds: phonemizer.seconds };
  const inputSampleRate = engine.ttsSampleRate();
  if (file !== undefined) await writeAudioFile(file, chunks, { format: 'wav', inputSampleRate });
  const samples = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return { ...answer, audioSeconds: samples / inputSampleRate };
}

async function* piecesOf(text, length) {
  for (let start = 0; start < text.length; start += length) yield text.slice(start, start + length);
}

/** Counts the seconds in which a call was under way, waits for a core among them. */
function timed(inner) {
  return {
    seconds: 0,
    async phonemize(...call) {
      const start = performance.now();
      const clauses = await inner.phonemize(...call);
      this.seconds += (performance.now() - start) / 1000;
      return clauses;
    },
  };
}
