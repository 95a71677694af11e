import assert from 'node:assert/strict';
import type { TranscribeEngine } from '@ferrum/interfaces';
import { untilActive, untilIdle } from '../engine/activity.js';
import { collect } from '../engine/collect.js';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import type { Subject } from '../engine/subject.js';
import { type Recording, tones } from './recording.js';

/** Segments of recorded audio as they are ready. */
export function streamedSegments(subject: Subject<TranscribeEngine>, { audio, language }: Recording): void {
  featureContract(subject, 'streaming', {
    works(test) {
      test('yields the segments that transcribe gives, all of them final', async () => {
        const { engine } = subject;
        const { segments } = await engine.transcribe(audio, { language });
        const streamed = await collect(engine.transcribeStream(audio, { language }));
        for (const segment of streamed) assert.equal(segment.final, true, `Segment ${segment.id} is not final.`);
        const told = (all: typeof segments) => all.map(({ id, start, end, text }) => ({ id, start, end, text }));
        assert.deepEqual(told(streamed), told(segments));
      });

      test('ends when its signal fires', async () => {
        const { engine } = subject;
        const controller = new AbortController();
        const reason = new Error('the user left');
        const { signal } = controller;
        const running = rejection(() => collect(engine.transcribeStream(audio, { language, signal })), 'Cancelled');
        await untilActive(engine, running);
        controller.abort(reason);
        assert.equal((await running).cause, reason, "The error's cause must be the signal's reason.");
        await untilIdle(engine);
      });

      test('ends its work when who reads it leaves', async () => {
        const { engine } = subject;
        const stream = engine.transcribeStream(audio, { language })[Symbol.asyncIterator]();
        const first = stream.next();
        await untilActive(engine, first);
        await stream.return?.();
        await Promise.allSettled([first]);
        await untilIdle(engine);
        assert.equal((await stream.next()).done, true, 'The stream went on after it was left.');
      });

      test('refuses what transcribe refuses, when it is read', async () => {
        const { engine } = subject;
        await rejection(() => collect(engine.transcribeStream('missing.wav')), 'NotFound');
        const empty = { samples: new Float32Array(0), sampleRate: 16_000 };
        const codes = ['InvalidParameter', 'RequestValidation', 'InvalidFormat'] as const;
        await rejection(() => collect(engine.transcribeStream(empty)), ...codes);
        await rejection(() => collect(engine.transcribeStream(tones(1), { signal: AbortSignal.abort() })), 'Cancelled');
      });
    },
    uses: { 'a stream of segments': (engine) => collect(engine.transcribeStream(audio, { language })) },
  });
}
