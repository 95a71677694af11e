import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { onAbort } from './on-abort.js';

it('tells everyone who still listens, once, through one listener of the signal', () => {
  const controller = new AbortController();
  const told: number[] = [];
  const stops = Array.from({ length: 100 }, (_, i) => onAbort(controller.signal, () => told.push(i)));
  stops[1]?.();
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
  controller.abort();
  controller.abort();
  expect(told).toEqual(Array.from({ length: 100 }, (_, i) => i).filter((i) => i !== 1));
});

it('listens anew after everyone has stopped', () => {
  const controller = new AbortController();
  let told = 0;
  onAbort(controller.signal, () => told++)();
  onAbort(controller.signal, () => told++);
  controller.abort();
  expect(told).toBe(1);
});

it('tells nobody of a signal that had fired before, or of none', () => {
  let told = 0;
  onAbort(AbortSignal.abort(), () => told++)();
  onAbort(undefined, () => told++)();
  expect(told).toBe(0);
});

it('tells a listener that was given twice twice', () => {
  const controller = new AbortController();
  let told = 0;
  const listener = () => told++;
  onAbort(controller.signal, listener);
  onAbort(controller.signal, listener);
  controller.abort();
  expect(told).toBe(2);
});
