// The contract suites of text generation and embedding over a server that is not Ferrum's: llama-cpp-python's, with the GGUF
// file of smollm2:135m. The first time it compiles that server, which needs a C++ compiler and CMake and some ten minutes of
// two cores.
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

const version = '0.3.36';
/** Features of OpenAI's API that this server lacks, and how that shows. */
const lacking = {
  'text-generation': {
    'stream-usage': 'it knows no stream_options, and its streams carry no usage',
    'token-prompt': '/completions takes texts only',
    'multiple-choices': 'it reads n, and gives one answer',
    'json-schema': 'response_format is text or json_object',
    batching: 'it answers one request after the other',
  },
  embedding: {
    'token-input': '/embeddings takes texts only',
    batching: 'it answers one request after the other',
  },
};
/** What the server needs to be started with. */
const flags = {
  'text-generation': [],
  embedding: ['--embedding', 'true', '--kv_overrides', 'llama.pooling_type=int:1'],
};
/** What the suite is told of its precision: it multiplies in 8 bits, otherwise for texts beside others than for one alone. */
const tolerance = 1e-2;
const suites = {
  'text-generation': (open, options) => describeTextGeneration(open, { ...options, contextLength: 2048 }),
  // A language model's vectors, their mean over the tokens: not of length 1, and not made to be compared.
  embedding: (open, options) => {
    console.log(`  precision: beside others a value may move by ${tolerance} of the embedding's length, not 0.0001.`);
    describeEmbedding(open, { ...options, normalized: false, understandsEnglish: false, tolerance });
  },
};

const { values } = parseArgs({ options: { capability: { type: 'string' } } });
if (values.capability !== undefined && !Object.hasOwn(suites, values.capability)) {
  exitWithUsage('node bench/remote-conformance.mjs [--capability text-generation|embedding]');
}
const packages = ['--no-binary', 'llama-cpp-python', `llama-cpp-python[server]==${version}`];
const tools = pythonTools('llama-cpp-python', packages, { timeoutMs: 45 * 60_000, showsProgress: true });
if (tools.missing !== undefined) {
  console.error(`llama-cpp-python is not here: ${tools.missing}.`);
  process.exit(1);
}
const { files } = await defaultModelStore().pull('smollm2:135m');
const file = Object.values(files).find((name) => name.endsWith('.gguf'));
for (const capability of Object.keys(suites)) {
  if ([undefined, capability].includes(values.capability)) await runSuite(capability);
}

/** Declares the tests of a capability, with a server while they run. */
async function runSuite(capability) {
  const port = await freePort();
  const server = serverOn(port, flags[capability]);
  before(server.start);
  after(server.stop);
  const features = (await featuresOf(capability)).filter((feature) => !Object.hasOwn(lacking[capability], feature));
  console.log(`${capability} over llama-cpp-python ${version}: ${features.join(', ')}. It lacks:`);
  for (const [feature, why] of Object.entries(lacking[capability])) console.log(`  ${feature}: ${why}.`);
  const plugin = createRemotePlugin({
    servers: [{ url: `http://127.0.0.1:${port}/v1` }],
    models: { smollm2: { capability, features } },
  });
  const open = () => createHost({ plugins: [plugin] }).resolve(capability, { model: 'smollm2' });
  suites[capability](open, { name: `${capability} over llama-cpp-python`, features, timeoutMs: 10 * 60_000 });
}

/** What the plugin takes any server to be able to do. */
async function featuresOf(capability) {
  const registered = [];
  const plugin = createRemotePlugin({ servers: [{ url: 'http://127.0.0.1/v1' }] });
  await plugin.register({ register: (descriptor) => registered.push(descriptor), provideModels() {} });
  return registered.find((descriptor) => descriptor.capability === capability).features;
}

function serverOn(port, more) {
  // By itself it ends a stream as soon as another request comes.
  const own = ['--model', file, '--port', String(port), '--n_ctx', '2048', '--interrupt_requests', 'false', ...more];
  let server;
  let said = '';
  return {
    async start() {
      server = spawn(tools.path('python'), ['-m', 'llama_cpp.server', ...own], { stdio: ['ignore', 'ignore', 'pipe'] });
      server.stderr.setEncoding('utf8').on('data', (text) => {
        said = (said + text).slice(-1000);
      });
      for (let attempt = 0; attempt < 600 && server.exitCode === null; attempt += 1) {
        const answer = await fetch(`http://127.0.0.1:${port}/v1/models`).catch(() => undefined);
        if (answer?.ok) return;
        await sleep(200);
      }
      throw new Error(`The server did not start within two minutes. Its last words: ${said}`);
    },
    async stop() {
      if (server.exitCode !== null) return;
      server.kill();
      await once(server, 'exit');
    },
  };
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}
