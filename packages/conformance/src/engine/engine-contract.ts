import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions, InferenceEngine } from '@ferrum/interfaces';
import { untilActive, untilIdle } from './activity.js';
import { rejection } from './rejection.js';
import { settledResources } from './resources.js';
import type { Subject } from './subject.js';

/** How the contract that all engines share makes one of them work. */
export interface Work<Engine extends InferenceEngine> {
  /** A call of a moment, the same each time; resolves to what can be compared: two answers are equal when these are. */
  readonly short: (engine: Engine, options: CallOptions) => Promise<unknown>;
  /** A call that takes long enough to be interrupted. */
  readonly long: (engine: Engine, options: CallOptions) => Promise<unknown>;
}

/** What every engine owes its host, whatever its modality: true reports, an end when asked, nothing left behind. */
export function engineContract<Engine extends InferenceEngine>(subject: Subject<Engine>, work: Work<Engine>): void {
  const { test, testWithOwnEngine, open } = subject;

  test('implements version 1 of the specification and names its model', async () => {
    assert.equal(subject.engine.specificationVersion, '1');
    assert.ok(subject.engine.modelId.length > 0);
    assert.equal(subject.engine.config().model.modelId, subject.engine.modelId);
  });

  test('reports a status that is true while it is idle', async () => {
    const status = await subject.engine.status();
    assert.equal(status.isReady, true);
    assert.ok(status.loadedModels.includes(subject.engine.modelId), 'loadedModels lacks the model itself.');
    assert.equal(status.activeRequests, 0);
    assert.equal(status.queuedRequests, 0);
    assert.ok(status.uptimeSeconds >= 0);
    assert.ok(status.version.length > 0);
    assert.ok(status.lastHeartbeat.getTime() <= Date.now());
  });

  test('says that it is healthy, and the worst of its components is what the whole is', async () => {
    const { status, componentStatus } = await subject.engine.healthCheck();
    assert.equal(status, 'healthy');
    for (const component of Object.values(componentStatus)) assert.equal(component?.status, 'healthy');
  });

  test('counts a call while it runs and when it has ended', async () => {
    const { engine } = subject;
    const before = engine.metrics();
    const running = work.long(engine, {});
    const seen = await untilActive(engine, running);
    await running;
    assert.ok(seen, 'status().activeRequests (or queuedRequests) stayed 0 while a call ran.');
    const after = engine.metrics();
    assert.equal(after.totalRequests, before.totalRequests + 1);
    assert.equal(after.successfulRequests, before.successfulRequests + 1);
    assert.equal(after.totalRequests, after.successfulRequests + after.failedRequests);
    assert.equal((await engine.status()).activeRequests, 0);
  });

  test('gives several calls at once the answers that each gets alone', async () => {
    const alone = await work.short(subject.engine, {});
    const together = await Promise.all([1, 2, 3, 4].map(() => work.short(subject.engine, {})));
    for (const answer of together) assert.deepEqual(answer, alone);
  });

  test('refuses a call whose signal has fired already', async () => {
    const reason = new Error('not needed any more');
    const error = await rejection(() => work.short(subject.engine, { signal: AbortSignal.abort(reason) }), 'Cancelled');
    assert.equal(error.cause, reason, "The error's cause must be the signal's reason.");
  });

  test('ends a call when its signal fires, counts it as failed, and goes on working', async () => {
    const { engine } = subject;
    const before = engine.metrics();
    const controller = new AbortController();
    const reason = new Error('the user left');
    const running = rejection(() => work.long(engine, { signal: controller.signal }), 'Cancelled');
    await untilActive(engine, running);
    controller.abort(reason);
    assert.equal((await running).cause, reason, "The error's cause must be the signal's reason.");
    await untilIdle(engine);
    const after = engine.metrics();
    assert.equal(after.failedRequests, before.failedRequests + 1);
    assert.ok((after.errorStats.errorsByType.Cancelled ?? 0) > (before.errorStats.errorsByType.Cancelled ?? 0));
    await work.short(engine, {});
  });

  test('leaves the other calls alone when one is cancelled', async () => {
    const alone = await work.short(subject.engine, {});
    const controller = new AbortController();
    const leaving = rejection(() => work.long(subject.engine, { signal: controller.signal }), 'Cancelled');
    const others = Promise.all([1, 2].map(() => work.short(subject.engine, {})));
    controller.abort();
    await leaving;
    for (const answer of await others) assert.deepEqual(answer, alone);
  });

  testWithOwnEngine(
    'refuses calls and says so everywhere once it is shut down, which may happen twice',
    async (engine) => {
      await work.short(engine, {});
      await Promise.all([engine.shutdown(), engine.shutdown()]);
      await engine.shutdown();
      await rejection(() => work.short(engine, {}), 'Cancelled');
      const status = await engine.status();
      assert.equal(status.isReady, false);
      assert.deepEqual(status.loadedModels, []);
      assert.equal((await engine.healthCheck()).status, 'unhealthy');
      assert.ok(engine.metrics().totalRequests >= 1, 'metrics() no longer answers what was counted.');
    },
  );

  testWithOwnEngine('ends what runs when it is shut down without a time to drain', async (engine) => {
    const running = work.long(engine, {}).then(
      () => 'ended',
      () => 'ended',
    );
    await untilActive(engine, running);
    await engine.shutdown({ drainTimeoutMs: 0 });
    assert.equal(await Promise.race([running, sleep(0, 'still running')]), 'ended');
  });

  test('leaves no timer, thread or connection open when it is disposed', async () => {
    const opened = await open();
    await work.short(opened, {});
    await opened[Symbol.asyncDispose]();
    const before = await settledResources();
    for (let round = 0; round < 4; round += 1) {
      const engine = await open();
      await work.short(engine, {});
      await engine[Symbol.asyncDispose]();
    }
    const after = await settledResources();
    for (const [kind, count] of after) {
      // What a process keeps once may come and go; what each of four engines left shows three times at least.
      const more = count - (before.get(kind) ?? 0);
      assert.ok(more < 3, `Four engines that were opened and disposed left ${more} more of ${kind}.`);
    }
  });
}
