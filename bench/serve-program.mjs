// One process with an engine and a server over it, for serve-cpu.mjs: generates in the process, or lets its caller do it over
// HTTP, and says how much processor time each token took.
//   node bench/serve-program.mjs MODEL THREADS
import { plugin } from '../packages/llm/dist/index.js';
import { createHost } from '../packages/registry/dist/index.js';
import { createServer } from '../packages/server/dist/index.js';
import { answerRequests, memory } from './answer-requests.mjs';

const [model, threads] = process.argv.slice(2);
const host = createHost({ plugins: [plugin] });
const options = { threads: Number(threads) };
const server = await createServer({
  engines: host,
  models: [{ id: 'model', model, options }],
  port: 0,
  // Answers go through standard output, which the log would disturb.
  logLevel: 'silent',
});
const { url } = await server.listen();
const engine = await host.resolve('text-generation', { model, options });
let from = process.cpuUsage();

await answerRequests('ferrum', {
  url: async () => ({ url }),
  /** Starts to count. */
  start: async () => {
    from = process.cpuUsage();
    return {};
  },
  /** Seconds of processor time since `start`. */
  stop: async () => {
    const { user, system } = process.cpuUsage(from);
    return { cpuSeconds: (user + system) / 1e6, ...memory() };
  },
  /** The same requests as over HTTP, without it. */
  generate: async ({ requests }) => {
    const counts = await Promise.all(requests.map(generate));
    return { tokens: counts.reduce((sum, count) => sum + count, 0) };
  },
});
await server.close();
await host.dispose();

async function generate({ prompt, maxTokens }) {
  let tokens = 0;
  const request = { prompt, raw: true, sampling: { temperature: 0, maxTokens, ignoreEos: true } };
  for await (const chunk of engine.inferStream(request)) tokens += chunk.tokens.length;
  return tokens;
}
