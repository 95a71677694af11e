// The contract suites of text generation and embedding over a server that is not Ferrum's: llama-cpp-python's, with the GGUF
// file of smollm2:135m. Needs a C++ compiler and CMake the first time, and some ten minutes of two cores.
//   node bench/remote-conformance.mjs [--capability text-generation|embedding]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { describeEmbedding, describeTextGeneration } from '../packages/conformance/dist/index.js';
import { defaultModelStore } from '../packages/models/dist/index.js';
import { createHost } from '../packages/registry/dist/index.js';
import { createRemotePlugin } from '../plugins/remote/dist/index.js';
import { pythonTools } from '../scripts/python-tools.mjs';
import { exitWithUsage } from './usage.mjs';

const { values } = parseArgs({ options: { capability: { type: 'string' } } });
const suites = { 'text-generation': textGeneration, embedding };
if (values.capability !== undefined && !(values.capability in suites)) {
  exitWithUsage('node bench/remote-conformance.mjs [--capability text-generation|embedding]');
}
const tools = pythonTools('llama-cpp-python', ['--no-binary', 'llama-cpp-python', 'llama-cpp-python[server]==0.3.36']);
if (tools.missing !== undefined) {
  console.error(`llama-cpp-python is not here: ${tools.missing}.`);
  process.exit(1);
}
const { files } = await defaultModelStore().pull('smollm2:135m');
const file = Object.values(files).find((name) => name.endsWith('.gguf'));
for (const [name, run] of Object.entries(suites)) if ([undefined, name].includes(values.capability)) await run();

async function textGeneration() {
  const { open, features } = await serving('text-generation', []);
  describeTextGeneration(open, { name: 'text-generation over llama-cpp-python', features });
}

async function embedding() {
  const { open, features } = await serving('embedding', [
    '--embedding',
    'true',
    '--kv_overrides',
    'llama.pooling_type=int:1',
  ]);
  // A language model's vectors, their mean over the tokens: not of length 1, and not made to be compared.
  const traits = { normalized: false, understandsEnglish: false };
  describeEmbedding(open, { name: 'embedding over llama-cpp-python', features, ...traits });
}

/** A server with the model while the tests run, and what opens an engine over it. */
async function serving(capability, flags) {
  const port = await freePort();
  const plugin = createRemotePlugin({
    servers: [{ url: `http://127.0.0.1:${port}/v1` }],
    models: { smollm2: { capability } },
  });
  let server;
  before(async () => {
    // By itself it ends a stream as soon as another request comes.
    const own = ['--model', file, '--port', String(port), '--n_ctx', '2048', '--interrupt_requests', 'false', ...flags];
    server = spawn(tools.path('python'), ['-m', 'llama_cpp.server', ...own], { stdio: ['ignore', 'ignore', 'ignore'] });
    await untilServing(port);
  });
  after(async () => {
    server.kill();
    await once(server, 'exit');
  });
  const registered = [];
  await plugin.register({ register: (descriptor) => registered.push(descriptor), provideModels() {} });
  const { features } = registered.find((descriptor) => descriptor.capability === capability);
  return { features, open: () => createHost({ plugins: [plugin] }).resolve(capability, { model: 'smollm2' }) };
}

async function untilServing(port) {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/models`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(200);
  }
  throw new Error('The server did not start within two minutes.');
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}
