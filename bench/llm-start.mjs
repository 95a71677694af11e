// First conversion and later starts of the `ferrum` command on one model file, each in a process of its own.
// Prints one line of JSON: seconds to the first token, peak memory, and both as multiples of the file.
//   node bench/llm-start.mjs MODEL.gguf [--repeats 5]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { summary } from './statistics.mjs';
import { exitWithUsage } from './usage.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { repeats: { type: 'string', default: '5' } },
});
const [model] = positionals;
if (model === undefined) exitWithUsage('node bench/llm-start.mjs MODEL.gguf [--repeats 5]');
const command = path.resolve(import.meta.dirname, '../packages/cli/dist/main.js');

/** Prints the peak resident memory when the process ends. */
const reportPeak = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))`;
const preload = `data:text/javascript,${encodeURIComponent(reportPeak)}`;

function start(home) {
  const from = performance.now();
  const args = ['--import', preload, command, 'run', model, 'Why is the sky blue?', '--max-tokens', '64', '--json'];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, FERRUM_HOME: home, FERRUM_OFFLINE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let firstTokenSeconds;
  let errors = '';
  child.stdout.once('data', () => {
    firstTokenSeconds = (performance.now() - from) / 1000;
  });
  child.stdout.resume();
  child.stderr.on('data', (text) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(errors));
      else resolve({ firstTokenSeconds, peakBytes: Number(/peak (\d+)/.exec(errors)[1]) * 1024 });
    });
  });
}

const fileBytes = statSync(model).size;
const first = [];
const later = [];
for (let i = 0; i < Number(values.repeats); i++) {
  const home = mkdtempSync(path.join(tmpdir(), 'ferrum-start-'));
  first.push(await start(home));
  later.push(await start(home));
  rmSync(home, { recursive: true });
}
const describe = (runs) => ({
  firstTokenSeconds: summary(runs.map((run) => run.firstTokenSeconds)),
  peakTimesFile: summary(runs.map((run) => run.peakBytes / fileBytes)),
});
console.log(JSON.stringify({ model: path.basename(model), fileBytes, first: describe(first), later: describe(later) }));
