import assert from 'node:assert/strict';
import type { Priority, StreamChunk } from '@ferrum/interfaces';
import { untilActive } from '../engine/activity.js';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import { greedy, type TextSubject } from './requests.js';

/** More places than this take too long to fill. */
const mostPlaces = 64;

/** Many requests at once: side by side, in what order, and what they share. */
export function schedulingTests(subject: TextSubject, prompt: string): void {
  const places = () => subject.engine.config().scheduler?.maxRunningRequests ?? 1;

  subject.test('ends a call that waits for its turn when its signal fires, and answers those before it', async () => {
    const { engine } = subject;
    const { text } = await engine.infer(greedy(prompt, 16));
    const running = Promise.all(Array.from({ length: Math.min(places(), 8) }, () => engine.infer(greedy(prompt, 16))));
    const controller = new AbortController();
    const waiting = rejection(() => engine.infer({ ...greedy(prompt, 16), signal: controller.signal }), 'Cancelled');
    await untilActive(engine, running);
    controller.abort();
    await waiting;
    for (const answer of await running) assert.equal(answer.text, text);
  });

  featureContract(subject, 'batching', {
    works: (test) => {
      test('two requests are answered side by side', async () => {
        if (!subject.has('streaming')) return;
        const order: number[] = [];
        const read = async (chunks: AsyncIterable<StreamChunk>, who: number) => {
          for await (const { text } of chunks) if (text !== '') order.push(who);
        };
        const one = read(subject.engine.inferStream(greedy(prompt, 24)), 1);
        await Promise.all([one, read(subject.engine.inferStream(greedy(prompt, 24)), 2)]);
        assert.ok(order.indexOf(2) < order.lastIndexOf(1), 'The second request began when the first had ended.');
      });
    },
    uses: {},
  });

  featureContract(subject, 'prefix-cache', {
    works: (test) => {
      test('a prompt that was read before is not read again, unless its salt is another', async () => {
        // Caches keep blocks of tokens, so that short prompts have nothing to share.
        const long = `${'The harbour was quiet, and nobody counted the boats. '.repeat(12)}${prompt}`;
        const ask = async (cacheSalt?: string) =>
          subject.engine.infer({ ...greedy(long, 4), ...(cacheSalt ? { cacheSalt } : {}) });
        const [first, second] = [await ask(), await ask()];
        assert.ok(second.usage.cachedTokens > 0, 'cachedTokens of the same prompt, asked again, is 0.');
        assert.equal(second.text, first.text);
        const salt = `salt-${crypto.randomUUID()}`;
        assert.equal(
          (await ask(salt)).usage.cachedTokens,
          0,
          'A prompt with another salt shares what the cache holds.',
        );
        assert.ok((await ask(salt)).usage.cachedTokens > 0, 'A prompt with the same salt shares nothing.');
      });
    },
    uses: { cacheSalt: (engine) => engine.infer({ ...greedy(prompt, 4), cacheSalt: 'salt' }) },
  });

  featureContract(subject, 'priority', {
    works: (test) => {
      test('the most urgent of those who wait goes first', async () => {
        const { engine } = subject;
        const ask = (priority: Priority) => engine.infer({ ...greedy(prompt, 6), priority });
        for (const priority of ['normal', 'high'] as const) await ask(priority);
        if (places() > mostPlaces) return;
        const ended: string[] = [];
        const asked = Array.from({ length: 2 * places() + 2 }, async () => {
          await ask('low');
          ended.push('low');
        });
        const urgent = ask('critical').then(() => ended.push('critical'));
        await Promise.all([...asked, urgent]);
        assert.notEqual(ended.at(-1), 'critical', 'A critical request was answered after every low one that waited.');
      });
    },
    uses: { 'a high priority': (engine) => engine.infer({ ...greedy(prompt, 4), priority: 'high' }) },
  });
}
