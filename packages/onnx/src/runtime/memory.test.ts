import { afterAll, describe, expect, it } from 'vitest';
import { ModelFolder } from './testing/model-folder.js';
import { addition, longRun, negations } from './testing/models.js';
import { runScript } from './testing/run-script.js';

const folder = new ModelFolder();
afterAll(() => folder.remove());

/**
 * Resident bytes after every tenth of `rounds` rounds, in a process that does nothing else. Its garbage has been collected
 * each time, whenever V8 would have found the time for it, so that what grows is what leaks.
 */
async function residentBytes(prepare: string, round: string, rounds: number, model: string): Promise<number[]> {
  const body = `
    const runtime = OnnxRuntime.load();
    ${prepare}
    const resident = [];
    for (let round = 0; round < ${rounds}; round++) {
      ${round}
      if (round % 10 !== 9) continue;
      // Twice: what finalizers let go is garbage only then.
      for (let turn = 0; turn < 2; turn++) { gc(); await new Promise(setImmediate); }
      resident.push(process.memoryUsage.rss());
    }
    console.log(JSON.stringify(resident));`;
  const { exitCode, output, errors } = await runScript(body, [model], ['--expose-gc']);
  expect(exitCode, errors).toBe(0);
  return JSON.parse(output);
}

/** Flat: the median of the last quarter is at most 1.05 times that of the second. */
function expectFlat(samples: readonly number[]): void {
  const quarter = samples.length / 4;
  const second = median(samples.slice(quarter, 2 * quarter));
  const last = median(samples.slice(3 * quarter));
  expect(last / second).toBeLessThanOrEqual(1.05);
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0;
}

describe('memory stays flat', () => {
  it('opening and closing 200 sessions', async () => {
    const round = `
      const session = await runtime.openSession(process.argv[1], { intraOpThreads: 2 });
      const x = Tensor.allocate('float32', [64, 64]);
      await session.run({ x });
      await session.dispose();`;
    expectFlat(await residentBytes('', round, 200, folder.write(longRun(4))));
  });

  it('10,000 prepared runs', async () => {
    const prepare = `
      const session = await runtime.openSession(process.argv[1], { intraOpThreads: 1 });
      const names = (side) => [...Array(20).keys()].map((index) => side + index);
      const tensors = (side) => Object.fromEntries(names(side).map((name) => [name, Tensor.allocate('float32', [1, 4])]));
      const prepared = session.prepare(tensors('in'), tensors('out'));`;
    const round = 'for (let run = 0; run < 50; run++) await prepared.run({ signal: new AbortController().signal });';
    expectFlat(await residentBytes(prepare, round, 200, folder.write(negations(20))));
  });

  it('outputs that ONNX Runtime allocates, disposed or not, read or not', async () => {
    const prepare = `
      const session = await runtime.openSession(process.argv[1], { memoryArena: false, intraOpThreads: 1 });
      const x = Tensor.allocate('float32', [10_000, 3]);`;
    const round = `
      for (const [dispose, read] of [[true, true], [true, false], [false, true], [false, false]]) {
        const { z } = await session.run({ x, y: x });
        if (read) z.data[0] = 1;
        if (dispose) z.dispose();
      }`;
    expectFlat(await residentBytes(prepare, round, 600, folder.write(addition)));
  });

  it('runs that fail', async () => {
    const prepare = `
      const session = await runtime.openSession(process.argv[1]);
      const x = Tensor.allocate('float32', [1, 3]);
      const z = Tensor.allocate('float32', [2, 3]);`;
    const round = 'for (let run = 0; run < 20; run++) await session.run({ x, y: x }, { z }).catch(() => {});';
    expectFlat(await residentBytes(prepare, round, 200, folder.write(addition)));
  });
});

it('what ONNX Runtime allocated outlives its tensor as long as someone holds its data', async () => {
  const body = `
    const session = await OnnxRuntime.load().openSession(process.argv[1], { memoryArena: false });
    const x = Tensor.from('float32', [1000, 3], new Float32Array(3000).fill(2));
    const kept = [];
    for (let run = 0; run < 50; run++) {
      const { z } = await session.run({ x, y: x });
      kept.push(z.view([1], 2999).data);
      z.dispose();
    }
    await session.dispose();
    for (let turn = 0; turn < 5; turn++) { gc(); await new Promise((resolve) => setTimeout(resolve, 5)); }
    console.log(kept.every((data) => data[0] === 4));`;
  expect(await runScript(body, [folder.write(addition)], ['--expose-gc'])).toMatchObject({
    exitCode: 0,
    output: 'true\n',
  });
});
