import assert from 'node:assert/strict';
import type { TranscribeEngine } from '@ferrum/interfaces';
import { featureContract } from '../engine/feature-contract.js';
import { isNear } from '../engine/is-near.js';
import type { Subject } from '../engine/subject.js';
import { durationOf, joined, type Recording, silence } from './recording.js';
import { assertSegments, assertUnderstood, assertWords, plain, slack } from './segments.js';

/** Silence before the speech, in seconds. */
const lead = 5;
/** Kept of it by default, and what a detector may be late or early by, in seconds. */
const leeway = 1;

/** Times of words, and finding speech. */
export function speechFeatures(subject: Subject<TranscribeEngine>, recording: Recording): void {
  const { audio, duration, language, text } = recording;
  const late = joined(silence(lead, audio.sampleRate), audio);

  featureContract(subject, 'word-timestamps', {
    works(test) {
      test('tells when each word of each segment is said', async () => {
        const { engine } = subject;
        const result = await engine.transcribe(audio, { language, wordTimestamps: true });
        assert.ok(result.words, 'words is absent.');
        assertWords(result.words, duration);
        for (const { id, text: written, words } of result.segments) {
          assert.ok(words, `Segment ${id} has no words.`);
          const joined = plain(words.map(({ word }) => word).join(''));
          // Of tones a model may write anything, words that go on in the next segment included.
          if (text !== undefined) assert.equal(joined, plain(written), `The words of segment ${id}`);
        }
        assert.deepEqual(
          result.words,
          result.segments.flatMap(({ words = [] }) => words),
        );
        if (text !== undefined) assert.ok(result.words.length > 0, 'There is no word.');
      });
    },
    uses: {
      'the times of words': (engine) => engine.transcribe(audio, { language, wordTimestamps: true }),
    },
  });

  featureContract(subject, 'voice-activity-detection', {
    works(test) {
      test('writes nothing of silence', async () => {
        const result = await subject.engine.transcribe(silence(4), { language, vadFilter: true });
        assert.deepEqual(result.segments, []);
        assert.equal(result.text, '');
        assert.equal(result.duration, 4);
      });

      if (text === undefined) return;
      test('finds the speech, and tells its times in the whole audio', async () => {
        const result = await subject.engine.transcribe(late, { language, vadFilter: true });
        assertSegments(result.segments, durationOf(late));
        assertUnderstood(text, result.text, 'The text');
        const start = result.segments[0]?.start ?? Number.NaN;
        assert.ok(start >= lead - leeway, `Speech that begins at ${lead} s is told to begin at ${start} s.`);
      });
    },
    uses: { 'to skip what is no speech': (engine) => engine.transcribe(late, { language, vadFilter: true }) },
  });

  featureContract(subject, 'batching', {
    works(test) {
      if (!subject.has('voice-activity-detection')) return;
      test('hears the same with several stretches at once', async () => {
        const result = await subject.engine.transcribe(audio, { language, vadFilter: true, batchSize: 4 });
        assert.ok(isNear(result.duration, duration, slack), `duration is ${result.duration} of ${duration} s.`);
        // Side by side, nothing keeps what is written of tones in order.
        if (text === undefined) return;
        assertSegments(result.segments, duration);
        assertUnderstood(text, result.text, 'The text');
      });
    },
    uses: {
      'several stretches at once (batchSize)': (engine) =>
        engine.transcribe(audio, { language, vadFilter: subject.has('voice-activity-detection'), batchSize: 4 }),
    },
  });
}
