import assert from 'node:assert/strict';
import type { AudioSamples, StreamedSegment, TranscribeEngine } from '@ferrum/interfaces';
import { untilIdle } from '../engine/activity.js';
import { collect } from '../engine/collect.js';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import type { Subject } from '../engine/subject.js';
import { Microphone } from './microphone.js';
import { durationOf, joined, type Recording, silence } from './recording.js';
import { assertSegments, assertUnderstood } from './segments.js';

/** Audio that is still being recorded. */
export function liveAudio(subject: Subject<TranscribeEngine>, recording: Recording): void {
  const { audio, language, text } = recording;
  /** What ends an utterance follows it. */
  const all = joined(audio, silence(2, audio.sampleRate));

  featureContract(subject, 'live', {
    works(test) {
      test('finds the segments of audio that comes in pieces, and says which are final', async () => {
        const stream = subject.engine.transcribeStream(Microphone.of(all), { language });
        const segments = await collect(stream);
        const final = segments.filter((segment) => segment.final);
        assertSegments(final, durationOf(all));
        assertReplaced(segments);
        if (text === undefined) return;
        const found = final.map((segment) => segment.text).join(' ');
        assertUnderstood(text, found, 'The text of the final segments');
      });

      if (text !== undefined) {
        test('shows a text before the audio has ended, which later ones replace', async () => {
          const microphone = new Microphone();
          const half = audio.samples.length >> 1;
          microphone.speak({ samples: audio.samples.subarray(0, half), sampleRate: audio.sampleRate });
          const segments: StreamedSegment[] = [];
          for await (const segment of subject.engine.transcribeStream(microphone, { language })) {
            // Only when there is something to be read does the speaker go on.
            if (segments.length === 0) {
              microphone.speak({ samples: all.samples.subarray(half), sampleRate: audio.sampleRate });
              microphone.end();
            }
            segments.push(segment);
          }
          assertReplaced(segments);
          const found = segments.filter(({ final }) => final).map((segment) => segment.text);
          assertUnderstood(text, found.join(' '), 'The text of the final segments');
        });
      }

      test('ends its work and the recording when who reads it leaves, though nothing comes any more', async () => {
        const { engine } = subject;
        const microphone = new Microphone();
        microphone.speak(silence(1, audio.sampleRate));
        const stream = engine.transcribeStream(microphone, { language })[Symbol.asyncIterator]();
        const first = stream.next();
        await Promise.race([microphone.silence, first]);
        await stream.return?.();
        await Promise.allSettled([first]);
        await untilIdle(engine);
        assert.ok(microphone.isLeft, 'The iterator of the audio was not told to end.');
      });

      test('ends when its signal fires, though nothing comes any more', async () => {
        const { engine } = subject;
        const microphone = new Microphone();
        microphone.speak(silence(1, audio.sampleRate));
        const controller = new AbortController();
        const { signal } = controller;
        const running = rejection(
          () => collect(engine.transcribeStream(microphone, { language, signal })),
          'Cancelled',
        );
        await Promise.race([microphone.silence, running]);
        controller.abort();
        await running;
        await untilIdle(engine);
      });

      test('fails when the recording fails, or is no audio', async () => {
        const { engine } = subject;
        async function* failing(): AsyncGenerator<AudioSamples> {
          yield silence(0.5, audio.sampleRate);
          throw new Error('the microphone was unplugged');
        }
        await assert.rejects(
          () => collect(engine.transcribeStream(failing(), { language })),
          /unplugged/,
          'The failure of the recording is not told.',
        );
        const wrong = { samples: Float32Array.of(0, Number.NaN), sampleRate: audio.sampleRate };
        const codes = ['InvalidParameter', 'RequestValidation', 'InvalidFormat'] as const;
        await rejection(() => collect(engine.transcribeStream(Microphone.of(wrong), { language })), ...codes);
      });
    },
    uses: {
      'audio that is still being recorded': (engine) =>
        collect(engine.transcribeStream(Microphone.of(all), { language })),
    },
  });
}

/** Ids count up, and what was shown is replaced by a final segment of its id, or taken back: by one without text. */
function assertReplaced(segments: readonly StreamedSegment[]): void {
  let shown: StreamedSegment | undefined;
  for (const segment of segments) {
    const last: number = shown?.id ?? 0;
    assert.ok(segment.id === last || segment.id === last + 1, `Segment ${segment.id} comes after segment ${last}.`);
    if (segment.id > last) assert.ok(shown?.final, `Segment ${last} was not final when the next one came.`);
    shown = segment;
  }
  assert.ok(!shown || shown.final || shown.text === '', `Segment ${shown?.id} never became final.`);
}
