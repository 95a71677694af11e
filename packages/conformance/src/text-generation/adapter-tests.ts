import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AdapterSource } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { untilActive } from '../engine/activity.js';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import { adaptersOf, answerOf, differ, distance, namesOf, withAdapter } from './adapter-calls.js';
import type { TextSubject } from './requests.js';

/** A request for an adapter that is not there. */
const isAbsent = ['RequestValidation', 'NotFound', 'InvalidParameter'] as const;
const badNames = ['', '..', '../x', 'a/b', 'a:b', 'two words', 7, undefined];

/** LoRA adapters. @param path of one for the model; without it an engine that has the feature is not tested for it */
export function adapterTests(subject: TextSubject, prompt: string, path: string | undefined): void {
  if (subject.has('lora') && path === undefined) {
    subject.skip('lora: adapters are loaded, used and unloaded', 'give the path of one as the option `adapter`');
    return;
  }
  const calls = () => adaptersOf(subject.engine);
  const load = (name: string, more: Partial<AdapterSource> = {}) =>
    calls().loadAdapter({ name, path: path ?? '', ...more });
  const answer = (adapter?: string) => answerOf(subject, prompt, adapter);

  /** Leaves no adapter behind, so that the tests do not know of each other. */
  const alone = (body: () => Promise<void>) => async () => {
    try {
      await body();
    } finally {
      for (const name of namesOf(calls())) await calls().unloadAdapter(name);
    }
  };

  featureContract(subject, 'lora', {
    works: (test) => {
      test(
        'an adapter changes the answers of requests that name it, from when it is loaded until it is unloaded',
        alone(async () => {
          const base = await answer();
          await rejection(() => answer('one'), ...isAbsent);
          await load('one');
          const adapted = await answer('one');
          assert.ok(differ(adapted, base), 'The answers with the adapter are those without.');
          assert.ok(!differ(await answer('one'), adapted), 'Two answers with the adapter differ.');
          assert.ok(!differ(await answer(), base), 'An adapter changes requests that do not name it.');
          await calls().unloadAdapter('one');
          await rejection(() => answer('one'), ...isAbsent);
          assert.ok(!differ(await answer(), base), 'An adapter that is gone has changed the model.');
        }),
      );

      test(
        'tells of each adapter what it is, in the order of loading',
        alone(async () => {
          const info = await load('one');
          const { name, rank, targets, bytes, activeRequests } = info;
          assert.deepEqual(
            { name, path: info.path, scale: info.scale, activeRequests },
            { name: 'one', path, scale: 1, activeRequests: 0 },
          );
          assert.ok(Number.isInteger(rank) && rank > 0, `Its rank is ${rank}.`);
          assert.ok(targets.length > 0 && targets.every((target) => target.length > 0), `Its targets are ${targets}.`);
          assert.ok(Number.isInteger(bytes) && bytes > 0, `It takes ${bytes} bytes.`);
          await load('Another_1.5-b', { scale: 0.5 });
          assert.deepEqual(namesOf(calls()), ['one', 'Another_1.5-b']);
          assert.deepEqual(calls().adapters()[0], info);
          assert.equal(calls().adapters()[1]?.scale, 0.5);
          await calls().unloadAdapter('one');
          assert.deepEqual(namesOf(calls()), ['Another_1.5-b']);
        }),
      );

      test(
        'its scale multiplies what it adds',
        alone(async () => {
          const base = await answer();
          await load('nothing', { scale: 0 });
          await load('once');
          await load('twice', { scale: 2 });
          assert.ok(!differ(await answer('nothing'), base), 'An adapter of scale 0 changes answers.');
          assert.ok(differ(await answer('twice'), await answer('once')), 'The scale changes nothing.');
        }),
      );

      test(
        'requests with several adapters and without one go side by side',
        alone(async () => {
          await load('one');
          await load('twice', { scale: 2 });
          const names = [undefined, 'one', 'twice', 'one', undefined];
          const each = new Map([
            [undefined, await answer()],
            ['one', await answer('one')],
            ['twice', await answer('twice')],
          ]);
          const together = await Promise.all(names.map((name) => answer(name)));
          for (const [index, name] of names.entries()) {
            const given = together[index];
            assert.ok(given);
            // Engines that round what a batch computes may not give the same to the last digit.
            const [nearest] = [...each].sort(([, a], [, b]) => distance(given, a) - distance(given, b));
            const who = name ?? 'the model itself';
            assert.equal(nearest?.[0], name, `Beside others ${who} answers as ${nearest?.[0] ?? 'the model itself'}.`);
          }
        }),
      );

      test(
        'unloading waits for those who use it, and lets in no others',
        alone(async () => {
          const { engine } = subject;
          await load('one');
          const { text } = await engine.infer(withAdapter(prompt, 32, 'one'));
          const running = engine.infer(withAdapter(prompt, 32, 'one'));
          await untilActive(engine, running);
          assert.equal(calls().adapters()[0]?.activeRequests, 1, 'activeRequests does not count who uses it.');
          const snapshot = engine.loraMetricsSnapshot?.();
          if (snapshot !== undefined) assert.deepEqual([snapshot?.enabled, snapshot?.adapterCount], [true, 1]);
          let isAnswered = false;
          const watched = running.finally(() => {
            isAnswered = true;
          });
          const unloading = calls().unloadAdapter('one');
          await rejection(() => engine.infer(withAdapter(prompt, 2, 'one')), ...isAbsent);
          await unloading;
          await nextTurn();
          assert.ok(isAnswered, 'The adapter was unloaded while a request used it.');
          assert.equal((await watched).text, text);
          assert.deepEqual(namesOf(calls()), []);
          if (snapshot !== undefined) assert.equal(engine.loraMetricsSnapshot?.(), null);
        }),
      );

      test(
        'refuses what it cannot load, and what is not there, and goes on',
        alone(async () => {
          await load('one');
          const adapted = await answer('one');
          for (const name of badNames) await rejection(() => load(name as string), 'InvalidParameter');
          await rejection(() => load('one'), 'InvalidParameter', 'AlreadyExists');
          await rejection(() => load('x', { path: undefined as never }), 'InvalidParameter');
          await rejection(() => load('x', { scale: Number.NaN }), 'InvalidParameter');
          await rejection(() => calls().loadAdapter(undefined as never), 'InvalidParameter');
          await withNoAdapters(async ({ absent, file, folder }) => {
            await rejection(() => load('x', { path: absent }), 'NotFound');
            await rejection(() => load('x', { path: file }), 'InvalidFormat', 'Unsupported');
            await rejection(() => load('x', { path: folder }), 'NotFound', 'InvalidFormat', 'Unsupported');
          });
          const source = { name: 'x', path: path ?? '' };
          await rejection(() => calls().loadAdapter(source, { signal: AbortSignal.abort() }), 'Cancelled');
          await rejection(() => calls().unloadAdapter('x'), 'NotFound');
          await rejection(() => answer('x'), ...isAbsent);
          assert.deepEqual(namesOf(calls()), ['one'], 'What was refused is loaded, or what was loaded is gone.');
          assert.ok(!differ(await answer('one'), adapted), 'The adapter that was loaded is another one now.');
        }),
      );
    },
    uses: {
      'an adapter': (engine) => engine.infer(withAdapter(prompt, 4, 'one')),
      'to load an adapter': async (engine) => {
        // An engine without adapters may lack the call altogether.
        if (!engine.loadAdapter) throw new FerrumError('Unsupported', 'The engine lacks loadAdapter().');
        await engine.loadAdapter({ name: 'one', path: path ?? 'an-adapter' });
      },
    },
  });
}

/** Runs with paths that hold no adapter: one of nothing, of a text file, of an empty folder. */
async function withNoAdapters(
  run: (paths: { readonly absent: string; readonly file: string; readonly folder: string }) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ferrum-conformance-'));
  try {
    const file = join(folder, 'notes.txt');
    await writeFile(file, 'This is no adapter.');
    await run({ absent: join(folder, 'absent'), file, folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
