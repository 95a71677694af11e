import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { eitherSignal } from './either-signal.js';

const listenersOf = ({ signal }: AbortController) => getEventListeners(signal, 'abort').length;

it.each([0, 1])('fires once, with the reason of the first that does (number %d)', (which) => {
  const controllers = [new AbortController(), new AbortController()];
  const { signal } = eitherSignal(controllers.map((each) => each.signal));
  let fired = 0;
  signal.addEventListener('abort', () => {
    fired += 1;
  });
  expect(signal.aborted).toBe(false);
  controllers[which]?.abort('first');
  controllers[1 - which]?.abort('second');
  expect([signal.aborted, signal.reason, fired]).toEqual([true, 'first', 1]);
  expect(controllers.map(listenersOf)).toEqual([0, 0]);
});

it('has fired where one had before', () => {
  const other = new AbortController();
  const { signal, stop } = eitherSignal([undefined, other.signal, AbortSignal.abort('gone')]);
  expect([signal.aborted, signal.reason, listenersOf(other)]).toEqual([true, 'gone', 0]);
  stop();
});

it('fires no more after its stop, and leaves nothing behind', () => {
  const longLived = new AbortController();
  const { signal, stop } = eitherSignal([longLived.signal, new AbortController().signal]);
  expect(listenersOf(longLived)).toBe(1);
  stop();
  stop();
  expect(listenersOf(longLived)).toBe(0);
  longLived.abort();
  expect(signal.aborted).toBe(false);
});

it('does not fire without signals', () => {
  expect(eitherSignal([]).signal.aborted).toBe(false);
  expect(eitherSignal([undefined]).signal.aborted).toBe(false);
});
