import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeProgress } from './progress-line.js';

describe('a line of progress', () => {
  const download = { phase: 'download', label: 'model.gguf', unit: 'bytes', total: 98_362_432 } as const;

  it.each([
    [
      { ...download, completed: 49_181_216 },
      12_000_000,
      'downloading model.gguf ██████████░░░░░░░░░░ 50 %, 49.2 MB of 98.4 MB, 12.0 MB/s, 5 s left',
    ],
    [{ phase: 'download', label: 'a', unit: 'bytes', completed: 1500 }, undefined, 'downloading a 1.5 kB'],
    [
      { phase: 'convert', label: 'a', unit: 'tensors', completed: 1, total: 4 },
      3,
      'converting a █████░░░░░░░░░░░░░░░ 25 %, 1 of 4 tensors',
    ],
    [{ phase: 'embed', label: 'a', unit: 'texts', completed: 4096 }, 152.4, 'embedding a 4096 texts, 152 texts/s'],
    [
      { phase: 'embed', label: 'a', unit: 'images', completed: 1, total: 2 },
      3,
      'embedding a ██████████░░░░░░░░░░ 50 %, 1 of 2 images, 3.0 images/s',
    ],
    [
      { phase: 'transcribe', label: 'a.mp3', unit: 'seconds', completed: 127.5, total: 3723 },
      20.6,
      'transcribing a.mp3 █░░░░░░░░░░░░░░░░░░░ 3 %, 2:07 of 1:02:03, 21×, 3 min left',
    ],
    [{ phase: 'transcribe', label: 'a.mp3', unit: 'seconds', completed: 0 }, undefined, 'transcribing a.mp3'],
    [{ phase: 'speak', label: 'joe', unit: 'seconds', completed: 0 }, undefined, 'speaking with joe'],
    [{ phase: 'speak', label: 'joe', unit: 'seconds', completed: 12.34 }, 8.06, 'speaking with joe 12.3 s, 8.1×'],
    [{ phase: 'load', label: 'a', unit: 'steps', completed: 0, total: 1 }, undefined, 'loading a'],
    [
      { phase: 'verify', label: `${'x'.repeat(50)}.gguf`, unit: 'steps', completed: 0 },
      undefined,
      `verifying …${'x'.repeat(34)}.gguf`,
    ],
  ] as const)('says of %j at %s a second', (event, rate, text) => {
    expect(describeProgress(event, rate, 120)).toBe(text);
  });

  it('keeps bar, share, bytes and speed on 80 columns, whatever the name', () => {
    const event = { ...download, label: 'SmolLM2-135M-Instruct.Q4_1.gguf', completed: 92_900_000 };
    // 77 characters.
    expect(describeProgress(event, 66_100_000, 77)).toBe(
      'downloading …nstruct.Q4_1.gguf █████████░ 94 %, 92.9 MB of 98.4 MB, 66.1 MB/s',
    );
  });

  it('is never longer than it may be', () => {
    const record = <Phase, Unit>(phases: readonly Phase[], units: readonly Unit[]) =>
      fc.record(
        {
          phase: fc.constantFrom(...phases),
          label: fc.string({ maxLength: 60 }),
          unit: fc.constantFrom(...units),
          completed: fc.nat({ max: 2 ** 40 }),
          total: fc.nat({ max: 2 ** 40 }),
        },
        { requiredKeys: ['phase', 'label', 'unit', 'completed'] },
      );
    const event = fc.oneof(
      record(['download', 'verify', 'convert', 'load'] as const, ['bytes', 'tensors', 'steps'] as const),
      record(['embed'] as const, ['texts', 'images'] as const),
      record(['transcribe'] as const, ['seconds'] as const),
    );
    fc.assert(
      fc.property(event, fc.option(fc.nat(), { nil: undefined }), fc.nat({ max: 200 }), (progress, rate, cells) => {
        expect(describeProgress(progress, rate, cells).length).toBeLessThanOrEqual(cells);
      }),
    );
  });
});
