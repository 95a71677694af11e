import assert from 'node:assert/strict';
import { untilIdle } from '../engine/activity.js';
import { rejection } from '../engine/rejection.js';
import { settledResources } from '../engine/resources.js';
import { greedy, stream, type TextSubject } from './requests.js';

/** `timeoutMs` and `deadline`. */
export function timeLimitTests(subject: TextSubject, prompt: string): void {
  subject.test('ends a call that takes longer than its timeoutMs with Timeout, and goes on', async () => {
    await rejection(() => subject.engine.infer({ ...greedy(prompt, 400), timeoutMs: 1 }), 'Timeout');
    await untilIdle(subject.engine);
    await subject.engine.infer(greedy(prompt, 2));
    if (!subject.has('streaming')) return;
    await rejection(() => stream(subject.engine, { ...greedy(prompt, 400), timeoutMs: 1 }), 'Timeout');
    await untilIdle(subject.engine);
  });

  subject.test('ends a call whose deadline has passed with Timeout', async () => {
    await rejection(() => subject.engine.infer({ ...greedy(prompt, 400), deadline: new Date(0) }), 'Timeout');
    await untilIdle(subject.engine);
  });

  subject.test('keeps no timer of calls that ended in time', async () => {
    const timers = async () => (await settledResources()).get('Timeout') ?? 0;
    const before = await timers();
    const deadline = new Date(Date.now() + 3_600_000);
    for (let call = 0; call < 4; call += 1) {
      await subject.engine.infer({ ...greedy(prompt, 2), timeoutMs: 3_600_000, deadline });
    }
    const more = (await timers()) - before;
    assert.ok(more < 3, `Four calls that ended in time left ${more} timers.`);
  });
}
