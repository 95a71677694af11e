import assert from 'node:assert/strict';
import type { TtsEngine } from '@ferrum/interfaces';
import { untilActive, untilIdle } from '../engine/activity.js';
import { collect } from '../engine/collect.js';
import { rejection } from '../engine/rejection.js';
import type { Subject } from '../engine/subject.js';
import { assertAudible, joinSamples, type SpeechTexts, speak } from './spoken.js';

/** What comes out for texts as they should be. */
export function speechResults(subject: Subject<TtsEngine>, { sentence, text }: SpeechTexts): void {
  const { test } = subject;

  test('speaks at the sample rate that it tells, in samples from −1 to 1', async () => {
    const { engine } = subject;
    const rate = engine.ttsSampleRate();
    assert.ok(Number.isInteger(rate) && rate >= 4000, `ttsSampleRate() is ${rate}.`);
    const { chunks, samples, duration } = await speak(engine.synthesizeStream(sentence));
    for (const chunk of chunks) assert.equal(chunk.sampleRate, rate, 'The sample rate of a chunk');
    assertAudible(samples, 'The speech');
    assert.ok(duration > 0.5 && duration < 30, `"${sentence}" takes ${duration} s.`);
  });

  test('gives the chunks of a whole text at once, too', async () => {
    const chunks = await subject.engine.synthesizeSpeech(sentence);
    assert.ok(chunks.length > 0, 'There is no chunk.');
    assertAudible(joinSamples(chunks), 'The speech');
  });

  test('takes longer for a longer text', async () => {
    const short = await speak(subject.engine.synthesizeStream(sentence));
    const long = await speak(subject.engine.synthesizeStream(text));
    assert.ok(
      long.duration > 2 * short.duration,
      `${long.duration} s of all, ${short.duration} s of the first sentence.`,
    );
  });

  test('gives chunks of the length asked for, the last one aside', async () => {
    const { engine } = subject;
    const counts = [10, 20].map(async (chunkFrames) => {
      const chunks = await engine.synthesizeSpeech(sentence, undefined, chunkFrames);
      const lengths = chunks.map(({ length }) => length);
      const [first = 0] = lengths;
      assert.ok(lengths.length > 1, `There is one chunk of ${first} samples.`);
      for (const length of lengths.slice(0, -1)) assert.equal(length, first, 'Chunks differ in length.');
      assert.ok((lengths.at(-1) ?? 0) <= first, 'The last chunk is longer than the others.');
      return first;
    });
    const [ten = 0, twenty = 0] = await Promise.all(counts);
    assert.equal(twenty, 2 * ten, '20 frames are not twice as long as 10.');
  });

  test('ends a stream when its signal fires', async () => {
    const { engine } = subject;
    const controller = new AbortController();
    const reason = new Error('the user left');
    const { signal } = controller;
    const running = rejection(() => collect(engine.synthesizeStream(text, { signal })), 'Cancelled');
    await untilActive(engine, running);
    controller.abort(reason);
    assert.equal((await running).cause, reason, "The error's cause must be the signal's reason.");
    await untilIdle(engine);
  });

  test('ends its work when who listens leaves', async () => {
    const { engine } = subject;
    for await (const chunk of engine.synthesizeStream(text, { chunkFrames: 5 })) {
      assert.ok(chunk.samples.length > 0);
      break;
    }
    await untilIdle(engine);
  });
}
