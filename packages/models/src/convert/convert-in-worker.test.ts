import path from 'node:path';
import type { ProgressEvent } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { type ConversionOptions, convertInWorker } from './convert-in-worker.js';

const folder = temporaryFolder();
const worker = new URL('./testing/conversion-worker.mjs', import.meta.url);

const convert = (name: string, options: ConversionOptions = {}, job: object = {}): Promise<void> =>
  convertInWorker(worker, { name, ...job }, 'a model', options);

const failure = (name: string, job: object = {}): Promise<unknown> =>
  convert(name, {}, job).then(
    () => undefined,
    (error: unknown) => error,
  );

describe('convertInWorker', () => {
  it('hands the job over, and tells of each tensor', async () => {
    const events: ProgressEvent[] = [];
    await convert('counts', { onProgress: (event) => events.push(event) }, { tensors: 3 });
    const event = { phase: 'convert', label: 'a model', unit: 'tensors', total: 3 };
    expect(events).toEqual([1, 2, 3].map((completed) => ({ ...event, completed })));
  });

  it('gives a FerrumError its code and details back', async () => {
    const error = await failure('refuses');
    expect(FerrumError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      code: 'InvalidFormat',
      message: 'The header is cut off.',
      details: { offset: 17, file: 'a.gguf' },
    });
  });

  it('leaves an error of the operating system what it is, for the cache to explain', async () => {
    const file = path.join(folder, 'none.gguf');
    const error = await failure('reads', { file });
    expect(error).toBeInstanceOf(Error);
    expect(FerrumError.isInstance(error)).toBe(false);
    expect(error).toMatchObject({ code: 'ENOENT', message: expect.stringContaining(file) });
  });

  it.each([
    ['errs', 'Converting the model failed: x is not a function', { stack: expect.stringContaining('TypeError') }],
    ['throws', 'a text', {}],
    ['exits', 'Converting a model ended early (exit code 3).', {}],
    ['crashes', 'Converting a model failed: RangeError: beyond the end', {}],
  ])('reports as Internal what nobody foresaw: it %s', async (name, message, details) => {
    const error = await failure(name);
    expect(FerrumError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ code: 'Internal', message, details });
  });

  it('reports as Internal a module that cannot be loaded', async () => {
    const missing = new URL('./testing/none.mjs', import.meta.url);
    await expect(convertInWorker(missing, {}, 'a model', {})).rejects.toMatchObject({
      code: 'Internal',
      message: expect.stringContaining('none.mjs'),
    });
  });

  it('ends the thread when its signal fires', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const conversion = convert('hangs', { signal: controller.signal, onProgress: () => controller.abort(reason) });
    await expect(conversion).rejects.toMatchObject({
      code: 'Cancelled',
      message: 'Converting a model was cancelled.',
      cause: reason,
    });
  });

  it('tells of nothing more once its signal has fired, though the thread had gone on', async () => {
    const controller = new AbortController();
    const completed: number[] = [];
    const onProgress = (event: ProgressEvent): void => {
      completed.push(event.completed);
      if (event.completed === 2) controller.abort();
    };
    const conversion = convert('counts', { signal: controller.signal, onProgress }, { tensors: 1000 });
    await expect(conversion).rejects.toMatchObject({ code: 'Cancelled' });
    expect(completed).toEqual([1, 2]);
  });

  it('does not begin when its signal has fired', async () => {
    const events: ProgressEvent[] = [];
    const reason = new Error('enough');
    const options = { signal: AbortSignal.abort(reason), onProgress: (event: ProgressEvent) => events.push(event) };
    await expect(convert('counts', options, { tensors: 3 })).rejects.toMatchObject({
      code: 'Cancelled',
      cause: reason,
    });
    expect(events).toEqual([]);
  });
});
