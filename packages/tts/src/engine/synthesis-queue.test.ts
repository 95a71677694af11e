import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import type { Manner, Utterance } from '../voices/speech-model.js';
import { SynthesisQueue } from './synthesis-queue.js';

const manner: Manner = {
  key: { kind: 'speaker', speaker: undefined },
  speed: 1,
  noiseScale: undefined,
  durationNoiseScale: undefined,
  lengthScale: undefined,
  seed: 0,
};
const caller = {};
const never = () => new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A model whose runs end when the test says so. */
function queue() {
  const log: string[] = [];
  const running: { id: number; end: (utterance?: Utterance | Error) => void }[] = [];
  let atOnce = 0;
  const failures: FerrumError[] = [];
  const waits: number[] = [];
  const runs: number[] = [];
  const made = new SynthesisQueue(
    {
      synthesize: async ([id = 0], _, signal) => {
        atOnce += 1;
        expect(atOnce).toBe(1);
        log.push(`start ${id}`);
        try {
          return await new Promise<Utterance>((resolve, reject) => {
            const utterance = { samples: Float32Array.of(id), durations: Float32Array.of(1) };
            signal?.addEventListener('abort', () => reject(new FerrumError('Cancelled', 'stopped')));
            running.push({
              id,
              end: (result = utterance) => (result instanceof Error ? reject(result) : resolve(result)),
            });
          });
        } finally {
          atOnce -= 1;
          log.push(`end ${id}`);
        }
      },
    },
    {
      onRun: (ms) => runs.push(ms),
      onFailure: (error) => failures.push(error),
      onWait: (ms) => waits.push(ms),
    },
  );
  const endNext = async (result?: Utterance | Error) => {
    await settled();
    running.shift()?.end(result);
    await settled();
  };
  return { made, log, failures, runs, waits, endNext };
}

describe('runs of the model', () => {
  it('are one at a time, and streams take turns', async () => {
    const { made, log, runs, waits, endNext } = queue();
    // Two streams, each with two units at work or waiting.
    const stream = async (ids: readonly number[]) => {
      const own = {};
      const open = ids.slice(0, 2).map((id) => made.synthesize(own, [id], manner, never()));
      for (const id of ids.slice(2)) {
        await open.shift();
        open.push(made.synthesize(own, [id], manner, never()));
      }
      await Promise.all(open);
    };
    const both = Promise.all([stream([10, 11, 12, 13]), stream([20, 21, 22, 23])]);
    expect(made.isRunning).toBe(true);
    expect(made.waiting).toBe(3);
    for (let run = 0; run < 8; run += 1) await endNext();
    await both;
    const starts = log.filter((line) => line.startsWith('start')).map((line) => line.slice(6));
    expect(starts).toEqual(['10', '20', '11', '21', '12', '22', '13', '23']);
    expect(made.isRunning).toBe(false);
    expect(runs).toHaveLength(8);
    expect(waits).toHaveLength(8);
  });

  it('that wait are given up when their caller goes, and never start', async () => {
    const { made, log, waits, endNext } = queue();
    const left = new AbortController();
    const [first, second, third] = [1, 2, 3].map((id) =>
      made.synthesize(caller, [id], manner, id === 2 ? left.signal : never()),
    );
    left.abort();
    await expect(second).rejects.toMatchObject({ code: 'Cancelled', message: expect.stringContaining('Speaking') });
    expect(made.waiting).toBe(1);
    await endNext();
    await endNext();
    await Promise.all([first, third]);
    expect(log).toEqual(['start 1', 'end 1', 'start 3', 'end 3']);
    expect(waits).toHaveLength(2);
  });

  it('that were given up before they are asked for do not start', async () => {
    const { made, log } = queue();
    await expect(made.synthesize(caller, [1], manner, AbortSignal.abort())).rejects.toMatchObject({
      code: 'Cancelled',
    });
    expect(log).toEqual([]);
    expect(made.isRunning).toBe(false);
    await made.idle();
  });

  it('are stopped when their caller goes; the next one starts', async () => {
    const { made, log, failures, endNext } = queue();
    const left = new AbortController();
    const first = made.synthesize(caller, [1], manner, left.signal);
    const second = made.synthesize(caller, [2], manner, never());
    await settled();
    left.abort();
    await expect(first).rejects.toMatchObject({ code: 'Cancelled' });
    await endNext();
    await endNext();
    expect((await second).samples).toEqual(Float32Array.of(2));
    expect(log).toEqual(['start 1', 'end 1', 'start 2', 'end 2']);
    expect(failures).toEqual([]);
  });

  it('that fail leave the others be, and are told of', async () => {
    const { made, failures, endNext } = queue();
    const first = made.synthesize(caller, [1], manner, never());
    const second = made.synthesize(caller, [2], manner, never());
    const refused = expect(first).rejects.toMatchObject({ code: 'Backend', message: 'out of memory' });
    await endNext(new FerrumError('Backend', 'out of memory'));
    await refused;
    await endNext();
    await second;
    expect(failures.map(({ message }) => message)).toEqual(['out of memory']);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('that make %f are failures', async (value) => {
    const { made, failures, endNext } = queue();
    const run = made.synthesize(caller, [1], manner, never());
    const refused = expect(run).rejects.toMatchObject({
      code: 'Backend',
      message: expect.stringContaining('no numbers'),
    });
    await endNext({ samples: Float32Array.of(0, value), durations: Float32Array.of(1) });
    await refused;
    expect(failures).toHaveLength(1);
  });
});

describe('idle', () => {
  it('is at once where nothing runs', async () => {
    await queue().made.idle();
  });

  it('is when the last run has ended, for all who wait', async () => {
    const { made, endNext } = queue();
    const runs = [1, 2].map((id) => made.synthesize(caller, [id], manner, never()));
    let idle = 0;
    const waiting = [1, 2].map(() => made.idle().then(() => (idle += 1)));
    await endNext();
    expect(idle).toBe(0);
    await endNext();
    await Promise.all([...runs, ...waiting]);
    expect(idle).toBe(2);
  });
});
