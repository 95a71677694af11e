import assert from 'node:assert/strict';
import type { TranscribeEngine, TranscriptionStart, WorkProgress } from '@ferrum/interfaces';
import { isNear } from '../engine/is-near.js';
import type { Subject } from '../engine/subject.js';
import { type Recording, silence } from './recording.js';
import { assertSegments, assertUnderstood, plain, slack } from './segments.js';
import { withFile } from './temporary-file.js';

/** What comes out for audio as it should be. */
export function transcriptionResults(subject: Subject<TranscribeEngine>, recording: Recording): void {
  const { test } = subject;
  const { audio, bytes, duration, language, text: said } = recording;

  test('gives segments in order and within the audio, whose text is the text of all', async () => {
    const result = await subject.engine.transcribe(audio, { language });
    assertSegments(result.segments, duration);
    const joined = result.segments.map(({ text }) => text).join('');
    assert.equal(plain(result.text), plain(joined), 'The text is not that of the segments.');
    assert.ok(isNear(result.duration, duration, slack), `duration is ${result.duration} of ${duration} s.`);
    assert.equal(result.task, 'transcribe');
    assert.equal(result.language, language);
    // A remote server may not tell it.
    assert.equal(result.languageProbability ?? 1, 1, 'The language was given, so it is certain.');
    assert.equal(result.words, undefined, 'There are words, though wordTimestamps was not asked for.');
  });

  test('hears the same in a file, in its bytes and in its samples', async () => {
    const { engine } = subject;
    const { text } = await engine.transcribe(audio, { language });
    assert.equal(plain((await engine.transcribe(bytes, { language })).text), plain(text), 'transcribe of bytes');
    assert.equal(plain(await engine.transcribeBytes(bytes, language)), plain(text), 'transcribeBytes');
    await withFile('recording.wav', bytes, async (path) => {
      assert.equal(plain((await engine.transcribe(path, { language })).text), plain(text), 'transcribe of a path');
      assert.equal(plain(await engine.transcribeFile(path, language)), plain(text), 'transcribeFile');
    });
  });

  test('tells what is known before the first segment, once', async () => {
    const told: TranscriptionStart[] = [];
    const onStart = (start: TranscriptionStart) => void told.push(start);
    const result = await subject.engine.transcribe(audio, { language, onStart });
    assert.equal(told.length, 1, `onStart was called ${told.length} times.`);
    assert.equal(told[0]?.language, result.language);
    assert.equal(told[0]?.languageProbability, result.languageProbability);
    assert.ok(isNear(told[0]?.duration ?? Number.NaN, duration, slack), `onStart tells ${told[0]?.duration} s.`);
  });

  test('tells how far it is, never backwards, until the end of the audio', async () => {
    const told: WorkProgress[] = [];
    await subject.engine.transcribe(audio, { language, onProgress: (progress) => void told.push(progress) });
    const seconds = told.map(({ completed }) => completed);
    assert.deepEqual(
      seconds,
      [...seconds].sort((a, b) => a - b),
      'The progress goes backwards.',
    );
    for (const { total } of told) assert.ok(isNear(total, duration, slack), `The total is ${total} of ${duration} s.`);
    const last = seconds.at(-1) ?? Number.NaN;
    assert.ok(isNear(last, duration, slack), `The last that onProgress was told is ${last} of ${duration} s.`);
  });

  test('bears silence, and audio of a moment', async () => {
    for (const seconds of [2, 0.05]) {
      const result = await subject.engine.transcribe(silence(seconds), { language });
      assertSegments(result.segments, seconds);
      assert.ok(isNear(result.duration, seconds, slack), `duration is ${result.duration} of ${seconds} s.`);
    }
  });

  test('takes samples of another rate', async () => {
    const result = await subject.engine.transcribe(silence(1, 44_100), { language });
    assert.ok(isNear(result.duration, 1, slack), `duration is ${result.duration} of 1 s.`);
  });

  if (said === undefined) return;
  test('understands what is said', async () => {
    assertUnderstood(said, (await subject.engine.transcribe(audio, { language })).text, 'The text');
  });
}
