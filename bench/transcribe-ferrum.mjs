// Ferrum as a process that answers requests, a line of JSON each (see transcribe-process.mjs).
//   node bench/transcribe-ferrum.mjs MODEL [--threads 2] [--quantization int8|float32]
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createHost } from '../packages/registry/dist/index.js';
import { plugin } from '../packages/whisper/dist/index.js';
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

const answers = { transcribe, delay, memory };
say({ program: `Ferrum ${quantization}` });
for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...request } = JSON.parse(line);
  say(await answers[name](request));
}
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

/** The event loop's delay while the request runs, over that of an idle second, in ms. */
async function delay(request) {
  const idle = await delayDuring(() => sleep(1000));
  const busy = await delayDuring(() => transcribe(request));
  const resolutionMs = 2;
  return {
    eventLoopDelayMs: (busy.percentile(99) - idle.percentile(99)) / 1e6,
    longestStallMs: busy.max / 1e6 - resolutionMs,
  };
}

async function delayDuring(body) {
  const histogram = monitorEventLoopDelay({ resolution: 2 });
  histogram.enable();
  await body();
  histogram.disable();
  return histogram;
}

function memory() {
  return { peakRssBytes: process.resourceUsage().maxRSS * 1024 };
}

function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
