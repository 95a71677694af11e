import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ModelFolder } from './testing/model-folder.js';
import { addition, longRun } from './testing/models.js';
import { runScript, scriptImports } from './testing/run-script.js';

const folder = new ModelFolder();
afterAll(() => folder.remove());

const endlessModel = folder.write(longRun(4000));
const shortModel = folder.write(addition);

/** At this size a run of the endless model takes minutes. */
const startEndlessRun = `
const session = await OnnxRuntime.load().openSession(process.argv[1], { intraOpThreads: 1 });
const run = session.run({ x: Tensor.allocate('float32', [1024, 1024]) });
run.catch(() => {});
await new Promise((resolve) => setTimeout(resolve, 50));
`;

const addOnce = `
const main = await OnnxRuntime.load().openSession(process.argv[2]);
const ones = Tensor.from('float32', [1, 3], Float32Array.of(1, 2, 3));
console.log((await main.run({ x: ones, y: ones })).z.data.join());
`;

describe('a process ends cleanly', () => {
  it.each([
    ['with nothing but the library loaded', 'OnnxRuntime.load();', 0],
    ['after all was disposed', `${addOnce} await main.dispose();`, 0],
    ['with a session still open', addOnce, 0],
    ['by process.exit during a run, which it ends', `${startEndlessRun} process.exit(7);`, 7],
    ['by an uncaught error during a run', `${startEndlessRun} throw new Error('on purpose');`, 1],
    [
      'by process.exit while a model opens',
      'OnnxRuntime.load().openSession(process.argv[1]); setTimeout(() => process.exit(7), 20);',
      7,
    ],
    [
      'with the library still in memory though its handle was collected',
      `OnnxRuntime.load(); for (let i = 0; i < 5; i++) { gc(); await new Promise(setImmediate); } ${addOnce}`,
      0,
    ],
  ])('%s', async (_, body, exitCode) => {
    const result = await runScript(body, [endlessModel, shortModel], ['--expose-gc']);
    expect(result, result.errors).toMatchObject({ exitCode, signal: null });
    if (body.includes(addOnce)) expect(result.output).toBe('2,4,6\n');
  });
});

describe('telemetry of the library', () => {
  it('does not start, in a worker neither: it would read the command line and write into the user’s cache', async () => {
    const home = mkdtempSync(join(tmpdir(), 'ferrum-telemetry-'));
    const inWorker = `
      import { Worker } from 'node:worker_threads';
      const code = ${JSON.stringify(`${scriptImports}\nOnnxRuntime.load();`)};
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(code)));
      await new Promise((resolve) => worker.once('exit', resolve));
      await new Promise((resolve) => setTimeout(resolve, 200));
    `;
    try {
      for (const body of ['OnnxRuntime.load();', inWorker]) {
        // A command line of this length used to overflow the stack in the telemetry's regular expression.
        const result = await runScript(body, ['x'.repeat(20_000)], [], { HOME: home, XDG_CACHE_HOME: home });
        expect(result, result.errors).toMatchObject({ exitCode: 0, signal: null });
      }
      expect(readdirSync(home)).toEqual([]);
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});

describe('a worker ends without harm to the others', () => {
  /** `parameters` are at the same places in the worker's `process.argv`. */
  const startWorker = (body: string) => `
    import { Worker } from 'node:worker_threads';
    const code = ${JSON.stringify(`${scriptImports}\n${body}`)};
    const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(code)), { argv: process.argv.slice(1) });
  `;
  const startRun = `
    import { parentPort } from 'node:worker_threads';
    ${startEndlessRun.replace('1024, 1024', '128, 128')}
    parentPort.postMessage('running');
  `;

  it.each([
    [
      'with a session still open',
      `${startWorker(addOnce)} await new Promise((resolve) => worker.once('exit', resolve)); ${addOnce}`,
    ],
    [
      'terminated during a run',
      `${startWorker(startRun)} await new Promise((resolve) => worker.once('message', resolve));
       await worker.terminate(); ${addOnce}`,
    ],
  ])('%s', async (_, body) => {
    const result = await runScript(body, [folder.write(longRun(1000)), shortModel]);
    expect(result, result.errors).toMatchObject({ exitCode: 0, signal: null });
    expect(result.output).toMatch(/2,4,6\n$/);
  });
});
