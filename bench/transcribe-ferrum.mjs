// Ferrum as a process that answers requests, a line of JSON each (see answering-process.mjs).
//   node bench/transcribe-ferrum.mjs MODEL [--threads 2] [--quantization int8|float32]
import { parseArgs } from 'node:util';
import { createHost } from '../packages/registry/dist/index.js';
import { plugin } from '../packages/whisper/dist/index.js';
import { answerRequests, memory } from './answer-requests.mjs';
import { delayOverIdle } from './event-loop-delay.mjs';
import { exitWithUsage } from './usage.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string', default: '2' }, quantization: { type: 'string', default: 'int8' } },
});
const [model] = positionals;
if (model === undefined) exitWithUsage('node bench/transcribe-ferrum.mjs MODEL [--threads 2] [--quantization int8]');
const { quantization } = values;
const host = createHost({ plugins: [plugin] });
const options = { threads: Number(values.threads), quantization };
const engine = await host.resolve('transcription', { model, options });

const delay = (request) => delayOverIdle(() => transcribe(request));
await answerRequests(`Ferrum ${quantization}`, { transcribe, delay, memory });
await host.dispose();

/** With `callers` so many ask for the same at once: `seconds` is what all of them waited. */
async function transcribe({ audio, beam = 1, language, words = false, batch = 1, callers = 1 }) {
  const call = () =>
    engine.transcribe(audio, {
      language,
      beamSize: beam,
      temperature: 0,
      conditionOnPreviousText: false,
      wordTimestamps: words,
      ...(batch > 1 ? { batchSize: batch, vadFilter: true, withoutTimestamps: true } : {}),
    });
  const start = performance.now();
  const [result] = await Promise.all(Array.from({ length: callers }, call));
  const seconds = (performance.now() - start) / 1000;
  const { text, duration, segments } = result;
  return {
    seconds,
    text,
    duration,
    language: result.language,
    languageProbability: result.languageProbability,
    segments: segments.map(({ start: from, end, words: said = [] }) => ({ start: from, end, words: said })),
  };
}
