import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { FerrumError } from '../errors.js';
import { abortable } from './abortable.js';

const never = new Promise<never>(() => {});

describe('abortable', () => {
  it.each([
    ['no signal', undefined],
    ['an empty list', []],
    ['a signal that does not fire', new AbortController().signal],
    ['several that do not', [new AbortController().signal, new AbortController().signal]],
  ])('waits for the promise with %s', async (_name, signals) => {
    await expect(abortable(Promise.resolve(7), signals, 'The sum')).resolves.toBe(7);
    const error = new Error('no');
    await expect(abortable(Promise.reject(error), signals, 'The sum')).rejects.toBe(error);
  });

  it.each([
    ['one signal', (signal: AbortSignal) => signal],
    ['one of a list', (signal: AbortSignal) => [new AbortController().signal, signal]],
  ])('ends when %s fires', async (_name, signalsOf) => {
    const controller = new AbortController();
    const waiting = abortable(never, signalsOf(controller.signal), 'The sum');
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(waiting).rejects.toMatchObject({
      code: 'Cancelled',
      message: 'The sum was cancelled.',
      cause: reason,
    });
  });

  it('gives nothing to a caller who had gone before, though it is there', async () => {
    const gone = AbortSignal.abort('gone');
    await expect(abortable(Promise.resolve(7), gone, 'The sum')).rejects.toMatchObject({
      code: 'Cancelled',
      cause: 'gone',
    });
  });

  it('says why, when the reason is an error of ours', async () => {
    const gone = AbortSignal.abort(new FerrumError('Cancelled', 'the host is disposed'));
    await expect(abortable(never, gone, 'The sum')).rejects.toThrow('The sum was cancelled: the host is disposed');
  });

  it('leaves no listener on a signal that outlives it', async () => {
    const { signal } = new AbortController();
    await abortable(Promise.resolve(), signal, 'The sum');
    await abortable(Promise.reject(new Error('no')), [signal], 'The sum').catch(() => undefined);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
