import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { pipedInput, silentInput } from '../testing/streams.js';
import { readLines, readLineWindows, windowSize } from './line-windows.js';

const never = new AbortController().signal;

describe('lines', () => {
  it.each([
    ['', []],
    ['\n', ['']],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\nb', ['a', 'b']],
    ['a\n\nb\n\n', ['a', '', 'b', '']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['a\rb\u2028c\n', ['a\rb\u2028c']],
    ['\uFEFFa\n', ['a']],
    ['  a \n', ['  a ']],
  ])('of %j are %j', async (text, lines) => {
    expect(await readLines(pipedInput(text), never)).toEqual(lines);
  });

  it('are the same however the bytes are cut', async () => {
    const text = 'zoé\r\n日本語\n\n😀 end';
    const bytes = Buffer.from(text);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: bytes.length }), { maxLength: 6 }), async (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        const stdin = Readable.from(
          chunks.filter(({ length }) => length > 0),
          { objectMode: false },
        );
        expect(await readLines(stdin, never)).toEqual(['zoé', '日本語', '', '😀 end']);
      }),
    );
  });
});

describe('windows', () => {
  it('hold so many lines and no more', async () => {
    const lines = Array.from({ length: 2 * windowSize + 1 }, (_, index) => `${index}`);
    const windows: (readonly string[])[] = [];
    for await (const window of readLineWindows(pipedInput(lines.join('\n')), never)) windows.push(window);
    expect(windows.map(({ length }) => length)).toEqual([windowSize, windowSize, 1]);
    expect(windows.flat()).toEqual(lines);
  });

  it('are handed over early where the stream pauses', async () => {
    const stdin = silentInput();
    const windows = readLineWindows(stdin, never);
    stdin.write('a\nb\nc');
    expect((await windows.next()).value).toEqual(['a', 'b']);
    stdin.end('d\n');
    expect((await windows.next()).value).toEqual(['cd']);
    expect((await windows.next()).done).toBe(true);
  });

  it('end with the signal, also while the stream keeps silent', async () => {
    const interruption = new AbortController();
    const next = readLineWindows(silentInput(), interruption.signal).next();
    interruption.abort(new Error('interrupted'));
    await expect(next).rejects.toThrow('interrupted');
  });

  it('end with what the stream fails with, also while the window before is in work', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    try {
      const stdin = new PassThrough();
      stdin.write('a\n');
      const windows = readLineWindows(stdin, never);
      expect((await windows.next()).value).toEqual(['a']);
      stdin.destroy(new Error('read EIO'));
      await new Promise((resolve) => setImmediate(resolve));
      await expect(windows.next()).rejects.toMatchObject({
        code: 'IO',
        message: 'Standard input cannot be read: read EIO.',
      });
      expect(unhandled).not.toHaveBeenCalled();
    } finally {
      process.off('unhandledRejection', unhandled);
    }
  });
});
