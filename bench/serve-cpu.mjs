// What the server costs: processor time per token of streams over HTTP against the engine alone, in one process, alternating.
// Prints one line of JSON.
//   node bench/serve-cpu.mjs [MODEL] [--streams 8] [--max-tokens 128] [--rounds 15] [--threads 2]
import { once } from 'node:events';
import { request } from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { AnsweringProcess } from './answering-process.mjs';
import { median, summary, watchSteal } from './statistics.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    streams: { type: 'string', default: '8' },
    'max-tokens': { type: 'string', default: '128' },
    rounds: { type: 'string', default: '15' },
    threads: { type: 'string', default: '2' },
  },
});
const [model = 'smollm2:135m'] = positionals;
const program = await AnsweringProcess.start(process.execPath, [
  path.join(import.meta.dirname, 'serve-program.mjs'),
  model,
  values.threads,
]);
const { url } = await program.ask('url');
const maxTokens = Number(values['max-tokens']);

const rounds = [];
for (let round = -3; round < Number(values.rounds); round += 1) {
  const steal = watchSteal();
  const order = Math.abs(round) % 2 === 0 ? ['engine', 'server'] : ['server', 'engine'];
  const result = {};
  for (const way of order) result[way] = await measure(way, round);
  // The first ones warm up.
  if (round >= 0) rounds.push({ ...result, stealPercent: steal() });
}
await program.close();

const perToken = (way) => rounds.map((round) => (1000 * round[way].cpuSeconds) / round[way].tokens);
const ratios = rounds.map(
  ({ engine, server }) => server.cpuSeconds / server.tokens / (engine.cpuSeconds / engine.tokens),
);
console.log(
  JSON.stringify({
    case: 'serve-cpu',
    model,
    streams: Number(values.streams),
    maxTokens,
    rounds: rounds.length,
    engineCpuMsPerToken: summary(perToken('engine'), 3),
    serverCpuMsPerToken: summary(perToken('server'), 3),
    ratio: Number(median(ratios).toFixed(3)),
    ratios: ratios.map((ratio) => Number(ratio.toFixed(3))),
    stealPercent: Math.max(...rounds.map(({ stealPercent }) => stealPercent ?? 0)),
  }),
);

async function measure(way, round) {
  const requests = Array.from({ length: Number(values.streams) }, (_, stream) => ({
    prompt: `Round ${round}, stream ${stream}. Once upon a time there was`,
    maxTokens,
  }));
  await program.ask('start');
  const tokens =
    way === 'engine' ? (await program.ask('generate', { requests })).tokens : await generateOverHttp(requests);
  const { cpuSeconds } = await program.ask('stop');
  return { tokens, cpuSeconds };
}

async function generateOverHttp(requests) {
  const counts = await Promise.all(requests.map(stream));
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * Reads a stream to its end and returns the tokens that the server says it generated. With as little work as can be: what the
 * client takes from the processors makes the threads of the engine wait for each other.
 */
async function stream({ prompt, maxTokens: max_tokens }) {
  const body = JSON.stringify({
    ...{ model: 'model', prompt, max_tokens, temperature: 0, ignore_eos: true },
    ...{ stream: true, stream_options: { include_usage: true } },
  });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const response = await new Promise((resolve, reject) => {
    const call = request(`${url}/v1/completions`, { method: 'POST', headers, agent: false }, resolve);
    call.on('error', reject).end(body);
  });
  const pieces = [];
  response.on('data', (piece) => pieces.push(piece));
  await once(response, 'end');
  const text = Buffer.concat(pieces).toString();
  if (!text.endsWith('data: [DONE]\n\n')) throw new Error(`the stream broke off: ${text.slice(-200)}`);
  const [, usage] = text.match(/"completion_tokens":(\d+)/) ?? [];
  return Number(usage);
}
