import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RecordedOutput, recordOutput } from '../testing/streams.js';
import { createOutput } from './output.js';
import { createProgressReporter } from './progress.js';

function reporter(
  stderr: RecordedOutput,
  { variables = {}, verbose = false }: { readonly variables?: Record<string, string>; readonly verbose?: boolean } = {},
) {
  return createProgressReporter({
    stderr: createOutput(stderr, 'standard error', variables),
    environment: { variables },
    verbose,
  });
}

describe('progress', () => {
  const download = { phase: 'download', label: 'model.gguf', unit: 'bytes', total: 98_362_432 } as const;

  it('is one plain line per phase where nobody watches', () => {
    const stderr = recordOutput();
    const { listener, stop } = reporter(stderr);
    for (const completed of [0, 1000, 98_362_432]) listener({ ...download, completed });
    listener({ phase: 'convert', label: 'tiny', unit: 'tensors', completed: 0, total: 2 });
    listener({ phase: 'convert', label: 'tiny', unit: 'tensors', completed: 2, total: 2 });
    stop();
    expect(stderr.text).toBe('downloading model.gguf (98.4 MB)\nconverting tiny\n');
  });

  it.each([
    ['without abilities', recordOutput(true), { TERM: 'dumb' }],
    ['without a width', Object.assign(recordOutput(true), { columns: 0 }), {}],
  ])('is plain on a terminal %s', (_, stderr, variables) => {
    reporter(stderr, { variables }).listener({ ...download, completed: 0 });
    expect(stderr.text).toBe('downloading model.gguf (98.4 MB)\n');
  });

  it('says nothing of loading where nobody watches, but with --verbose', () => {
    const textOf = (verbose: boolean) => {
      const stderr = recordOutput();
      reporter(stderr, { verbose }).listener({ phase: 'load', label: 'tiny', unit: 'steps', completed: 0 });
      return stderr.text;
    };
    expect(textOf(false)).toBe('');
    expect(textOf(true)).toBe('loading tiny\n');
  });

  describe('on a terminal', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }));
    afterEach(() => void vi.useRealTimers());

    it('is drawn while it lasts, and wiped out', async () => {
      const stderr = recordOutput(true);
      const { listener, stop } = reporter(stderr);
      listener({ ...download, completed: 0 });
      await vi.advanceTimersByTimeAsync(250);
      vi.useRealTimers();
      await vi.waitFor(() => expect(stripVTControlCharacters(stderr.text)).toContain('downloading model.gguf'));
      const drawn = stderr.text.length;
      stop();
      listener({ ...download, completed: 5 });
      expect(stripVTControlCharacters(stderr.text.slice(drawn))).not.toContain('downloading');
    });

    it('is not drawn for what is over at once', async () => {
      const stderr = recordOutput(true);
      const { listener, stop } = reporter(stderr);
      listener({ ...download, completed: 0 });
      stop();
      await vi.advanceTimersByTimeAsync(1000);
      expect(stderr.text).toBe('');
    });
  });
});
