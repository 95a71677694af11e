// Starts a server of real models and tries it with what others wrote: OpenAI's Python client, Anthropic's for JavaScript, and
// schemathesis, which makes requests from the API document, right ones and wrong ones. What is skipped, and why, is said; a finding makes the exit
// code 1.
import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pythonTools } from './python-tools.mjs';
import { build, exitCode, root } from './run.mjs';
import { startServer } from './server/serve-process.mjs';

/** What `ferrum` returns when there is no network to fetch a model from. */
const noNetwork = 4;
const apiKey = 'key-of-the-check';
const scripts = path.join(root, 'scripts', 'server');
const folder = mkdtempSync(path.join(tmpdir(), 'ferrum-check-server-'));
const models = ['smollm2:135m', 'minilm:l6', 'whisper:tiny.en', 'piper:en_US-joe-medium', ...modelsOfTests()];

process.exitCode = await check();
rmSync(folder, { recursive: true });

async function check() {
  const tools = pythonTools('clients', ['openai==3.57.0', 'schemathesis==4.32.5']);
  if (tools.missing) return skip(tools.missing);
  await build();
  // Short answers, of a call at most: what is in them is not the question.
  const options = ['--max-completion-tokens', '32', '--log-level', 'warn', '--no-playground'];
  const server = await startServer([...models, ...options], { cwd: folder, apiKey });
  if (server.failed === noNetwork) return skip(server.output().trim());
  if (server.failed !== undefined) return fail(`ferrum serve ended with ${server.failed}.`, server);

  const env = {
    ...process.env,
    API_KEY: apiKey,
    BASE_URL: `${server.url}/v1`,
    // Made by the first check, heard by both.
    SPEECH_FILE: path.join(folder, 'speech.wav'),
    SCHEMATHESIS_HOOKS: 'schemathesis_hooks',
    PYTHONPATH: scripts,
    PYTHONDONTWRITEBYTECODE: '1',
  };
  try {
    const python = await exitCode(tools.path('python'), [path.join(scripts, 'openai_client.py')], { cwd: folder, env });
    if (python !== 0) return fail("OpenAI's Python client and the server do not agree.", server);
    const anthropic = path.join(scripts, 'anthropic-client.mjs');
    const script = await exitCode(process.execPath, [anthropic], {
      cwd: folder,
      env: { ...env, BASE_URL: server.url },
    });
    if (script !== 0) return fail("Anthropic's client and the server do not agree.", server);
    const fuzz = await exitCode(tools.path('schemathesis'), schemathesis(server.url), { cwd: folder, env });
    if (fuzz !== 0) return fail('schemathesis found the above.', server);
  } finally {
    const code = await server.stop();
    if (code !== 0) process.exitCode = fail(`The server ended with ${code} at SIGTERM.`, server);
  }
  console.log("Server: OpenAI's and Anthropic's clients and schemathesis found nothing wrong.");
  return process.exitCode ?? 0;
}

/** No package registry has a reranker, and a real multilingual Whisper would take most of the time. */
function modelsOfTests() {
  const fixtures = (name) => path.join(root, 'packages', name, 'src');
  const whisper = path.join(folder, 'whisper');
  cpSync(path.join(fixtures('whisper'), 'fixtures', 'huggingface'), whisper, { recursive: true });
  const tokenizer = path.join(fixtures('whisper'), 'tokens', 'fixtures', 'tokenizer.json');
  copyFileSync(tokenizer, path.join(whisper, 'tokenizer.json'));
  return [`tiny-whisper=${whisper}`, `tiny-reranker=${path.join(fixtures('embed'), 'fixtures', 'bert-reranker')}`];
}

/** All its checks, the same requests each time. */
function schemathesis(url) {
  return [
    ...['run', `${url}/openapi.json`, '--header', `Authorization: Bearer ${apiKey}`],
    ...['--phases', 'examples,coverage,fuzzing', '--checks', 'all', '--max-examples', '6', '--workers', '1'],
    ...[
      '--request-timeout',
      '60',
      '--generation-deterministic',
      '--continue-on-failure',
      '--no-color',
      '--warnings',
      'off',
    ],
  ];
}

function skip(reason) {
  console.log(`Skipped: trying the server with OpenAI's Python client and schemathesis: ${reason}.`);
  return 0;
}

function fail(message, { output }) {
  console.error(`${message} The server said:\n${output().trim()}`);
  return 1;
}
