import type { EngineLease } from '@ferrum/interfaces';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FerrumError } from './errors.js';
import { type Create, type FakeEngine, fakeEngine, hostOf } from './testing/fakes.js';

const idleTimeoutMs = 20;

const step = fc.oneof(
  fc.record({
    kind: fc.constant('lease' as const),
    model: fc.constantFrom('m', 'n'),
    engine: fc.constantFrom('leaf', 'outer'),
  }),
  fc.record({ kind: fc.constant('abort' as const), which: fc.nat(9) }),
  fc.record({ kind: fc.constant('release' as const), which: fc.nat(9) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(25) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(8) }),
);

/** How each opening goes, in turn. */
const opening = fc.record({
  openMs: fc.nat(15),
  closeMs: fc.nat(15),
  ending: fc.constantFrom('opens', 'opens', 'fails', 'heeds its signal', 'fails to close'),
});

describe('EnginePool', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('has at most one engine of a kind alive, closes none in use, and leaves none behind', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60, size: 'max' }),
        fc.array(opening, { minLength: 1 }),
        async (steps, openings) => {
          const alive = new Map<string, 'opening' | 'open' | 'closing'>();
          const engines = new Map<FakeEngine, string>();
          let count = 0;

          const create =
            (id: string): Create =>
            async ({ model, signal, resolve }) => {
              const key = `${id} ${model.reference}`;
              expect(alive.has(key), `${key} is alive once`).toBe(false);
              alive.set(key, 'opening');
              const { openMs, closeMs, ending } = openings[count % openings.length] ?? {
                openMs: 0,
                closeMs: 0,
                ending: '',
              };
              count += 1;
              try {
                const leaf =
                  id === 'outer' ? await resolve('fake', { model: model.reference, prefer: ['leaf'] }) : undefined;
                await new Promise<void>((done, fail) => {
                  setTimeout(done, openMs);
                  if (ending === 'heeds its signal') signal?.addEventListener('abort', () => fail(signal.reason));
                });
                if (ending === 'fails') throw new Error('no');
                const engine = fakeEngine(key, async () => {
                  expect(alive.get(key), `${key} is closed once`).toBe('open');
                  if (leaf !== undefined)
                    expect(alive.get(leaf.label), 'a leaf outlives what stands on it').toBe('open');
                  alive.set(key, 'closing');
                  await new Promise((done) => setTimeout(done, closeMs));
                  alive.delete(key);
                  if (ending === 'fails to close') throw new Error('stuck');
                });
                engines.set(engine, key);
                alive.set(key, 'open');
                return engine;
              } catch (error) {
                alive.delete(key);
                throw error;
              }
            };

          const host = hostOf({ leaf: create('leaf'), outer: create('outer') }, idleTimeoutMs);
          const controllers: AbortController[] = [];
          const held: EngineLease<FakeEngine>[] = [];
          const calls: Promise<void>[] = [];
          const unexpected: unknown[] = [];
          for (const next of steps) {
            if (next.kind === 'wait') await vi.advanceTimersByTimeAsync(next.ms);
            if (next.kind === 'abort') controllers[next.which % controllers.length]?.abort();
            if (next.kind === 'release') await held.splice(next.which % Math.max(held.length, 1), 1)[0]?.release();
            if (next.kind === 'lease') {
              const controller = new AbortController();
              controllers.push(controller);
              const request = { model: next.model, prefer: [next.engine], signal: controller.signal };
              const leasing = host.lease('fake', request).then(
                (lease) => void held.push(lease),
                (error: unknown) => {
                  const known =
                    FerrumError.isInstance(error) && (error.code === 'Cancelled' || error.message.endsWith(': no'));
                  if (!known) unexpected.push(error);
                },
              );
              calls.push(leasing);
            }
            for (const { engine } of held)
              expect(alive.get(engines.get(engine) ?? ''), 'held engines are open').toBe('open');
          }

          const disposing = host.dispose().catch((error: unknown) => {
            const failures: unknown[] = error instanceof AggregateError ? error.errors : [error];
            unexpected.push(...failures.filter((failure) => !String(failure).endsWith('could not be closed: stuck')));
          });
          await vi.advanceTimersByTimeAsync(10_000);
          await Promise.all([disposing, ...calls]);
          expect([...alive.keys()]).toEqual([]);
          expect(unexpected).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
