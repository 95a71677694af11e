import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { AudioInput, TranscribeEngine, TranscribeOptions } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { rejection } from '../engine/rejection.js';
import type { Subject } from '../engine/subject.js';
import { type Recording, silence } from './recording.js';
import { withFile } from './temporary-file.js';

const invalid = ['InvalidFormat', 'InvalidParameter', 'RequestValidation', 'Unsupported'] as const;

/** What is no audio. */
export function transcriptionInputs(subject: Subject<TranscribeEngine>, { audio, bytes, duration }: Recording): void {
  const { test } = subject;
  const { samples, sampleRate } = audio;

  const wrong: Readonly<Record<string, AudioInput>> = {
    'bytes that are no audio': new TextEncoder().encode(
      'This is no audio, but a sentence, again and again. '.repeat(40),
    ),
    'no bytes': new Uint8Array(0),
    'the first 20 bytes of a file': bytes.subarray(0, 20),
    'no samples': { samples: new Float32Array(0), sampleRate },
    'samples that are no numbers': { samples: Float32Array.of(0, 0.5, Number.NaN, 0.5), sampleRate },
    'samples that are infinite': { samples: Float32Array.of(0, Number.POSITIVE_INFINITY), sampleRate },
    'a sample rate of 0': { samples, sampleRate: 0 },
    'a negative sample rate': { samples, sampleRate: -16_000 },
    'a sample rate that is no number': { samples, sampleRate: Number.NaN },
    'an ordinary list of samples': { samples: [0, 0.5] as unknown as Float32Array, sampleRate },
    'a number': 42 as unknown as string,
    null: null as unknown as string,
  };
  for (const [what, input] of Object.entries(wrong)) {
    test(`refuses ${what}`, async () => {
      await rejection(() => subject.engine.transcribe(input), ...invalid);
    });
  }

  test('refuses a file that is not there, a folder, and a file that is no audio', async () => {
    const { engine } = subject;
    await withFile('not-audio.wav', new TextEncoder().encode('Not audio.'), async (path, folder) => {
      const missing = join(folder, 'missing.wav');
      const { message } = await rejection(() => engine.transcribeFile(missing), 'NotFound');
      assert.match(message, /missing\.wav/, 'The message does not name the file.');
      await rejection(() => engine.transcribe(missing), 'NotFound');
      await rejection(() => engine.transcribeFile(folder), 'NotFound', 'IO', ...invalid);
      await rejection(() => engine.transcribeFile(path), ...invalid);
    });
  });

  test('hears no more of a file that ends early than there is, or refuses it', async () => {
    const half = bytes.subarray(0, bytes.length >> 1);
    try {
      const result = await subject.engine.transcribe(half);
      assert.ok(result.duration <= 0.55 * duration, `duration is ${result.duration}, of half of ${duration} s.`);
    } catch (error) {
      assert.ok(FerrumError.isInstance(error) && error.code === 'InvalidFormat', String(error));
    }
  });

  test('refuses bytes where a path is expected, and a path where bytes are', async () => {
    const { engine } = subject;
    await rejection(() => engine.transcribeFile(bytes as unknown as string), ...invalid);
    await rejection(() => engine.transcribeBytes('recording.wav' as unknown as Uint8Array), ...invalid);
  });

  test('refuses an option that it does not know, and a task that there is not', async () => {
    const { engine } = subject;
    const unknown = { langauge: 'en' } as TranscribeOptions;
    const { message } = await rejection(
      () => engine.transcribe(silence(1), unknown),
      'InvalidParameter',
      'Unsupported',
    );
    assert.match(message, /langauge/, 'The message does not name the option.');
    const task = { task: 'summarize' } as unknown as TranscribeOptions;
    await rejection(() => engine.transcribe(silence(1), task), 'InvalidParameter', 'Unsupported');
  });
}
