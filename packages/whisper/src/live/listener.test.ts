import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { loudnessDetector } from '../testing/loudness-detector.js';
import { Microphone } from '../testing/microphone.js';
import { Listener } from './listener.js';

const second = 16000;
const loud = (seconds: number) => new Float32Array(seconds * second).fill(0.5);
const silence = (seconds: number) => new Float32Array(seconds * second);

function listen(microphone: AsyncIterable<never> | Microphone, signal?: AbortSignal): Listener {
  return new Listener(microphone, loudnessDetector(), { vadParameters: { minSilenceDurationMs: 500 }, signal });
}

async function turns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

describe('the listener', () => {
  it('gives utterances in order, with their audio, and knows when there are no more', async () => {
    const microphone = new Microphone();
    const listener = listen(microphone);
    for (const samples of [silence(2), loud(1), silence(1.5), loud(0.5)]) microphone.hear(samples);
    microphone.end();
    const found: [number, number, number][] = [];
    while (!listener.hasEnded) {
      const over = listener.nextUtterance();
      if (over) {
        const wave = listener.cut(over);
        const heard = wave.read(0, wave.length).filter((sample) => sample > 0).length;
        found.push([over.start / second, over.end / second, heard / second]);
        listener.release(over);
      } else await listener.change();
    }
    expect(found).toHaveLength(2);
    expect(found[0]?.[0]).toBeCloseTo(1.6, 1);
    expect(found[0]?.[2]).toBe(1);
    expect(found[1]?.[1]).toBe(5);
    expect(found[1]?.[2]).toBe(0.5);
    listener.stop();
    expect(microphone.isClosed).toBe(false);
  });

  it('shows the utterance under way when there is enough new in it', async () => {
    const microphone = new Microphone();
    const listener = listen(microphone);
    microphone.hear(loud(1));
    await turns();
    expect(listener.speaking(0.4 * second)).toEqual({ start: 0, end: second });
    expect(listener.speaking(0.4 * second)).toBeUndefined();
    microphone.hear(loud(0.3));
    await turns();
    expect(listener.speaking(0.4 * second)).toBeUndefined();
    microphone.hear(loud(0.2));
    await turns();
    expect(listener.speaking(0.4 * second)).toEqual({ start: 0, end: 1.5 * second });
    listener.stop();
  });

  it('asks for no more while a minute waits', async () => {
    const microphone = new Microphone();
    const listener = listen(microphone);
    for (let piece = 0; piece < 100; piece++) {
      microphone.hear(loud(1));
      microphone.hear(silence(1));
    }
    microphone.end();
    await turns(400);
    expect(microphone.asked).toBeLessThan(70);
    let count = 0;
    while (!listener.hasEnded) {
      const over = listener.nextUtterance();
      if (over) {
        count += 1;
        listener.release(over);
      } else await listener.change();
    }
    expect(count).toBe(100);
  });

  it('keeps nothing of a long silence', async () => {
    const microphone = new Microphone();
    const listener = listen(microphone);
    const kept: number[] = [];
    for (let minute = 0; minute < 10; minute++) {
      for (let piece = 0; piece < 12; piece++) microphone.hear(silence(5));
      await turns(100);
      kept.push(listener.heldSamples);
    }
    microphone.hear(loud(1));
    microphone.end();
    await turns(20);
    expect(Math.max(...kept)).toBeLessThan(second);
    expect(listener.nextUtterance()?.start).toBeGreaterThan(599 * second);
    listener.stop();
  });

  it('gives what was over before the source failed, then the failure', async () => {
    const microphone = new Microphone();
    const listener = listen(microphone);
    microphone.hear(loud(1));
    microphone.hear(silence(1));
    microphone.break(new Error('unplugged'));
    await turns();
    const over = listener.nextUtterance();
    expect(over).toBeDefined();
    if (over) listener.release(over);
    expect(() => listener.hasEnded).toThrow('unplugged');
    await listener.change();
    listener.stop();
    await turns();
    expect(microphone.isClosed).toBe(false);
  });

  it('ends a source whose audio it refuses', async () => {
    const microphone = new Microphone();
    const listener = listen(microphone);
    microphone.hear(loud(1));
    microphone.hear(loud(1), 8000);
    await turns();
    expect(() => listener.hasEnded).toThrow('8000 Hz');
    listener.stop();
    await turns();
    expect(microphone.isClosed).toBe(true);
  });

  it('stops waiting when the signal fires, and ends a source that says nothing', async () => {
    const microphone = new Microphone();
    const controller = new AbortController();
    const listener = listen(microphone, controller.signal);
    const waiting = listener.change();
    await turns();
    controller.abort();
    await waiting;
    await listener.change();
    listener.stop();
    await turns();
    expect(microphone.isClosed).toBe(true);
    microphone.hear(loud(1));
    await turns();
    expect(microphone.asked).toBe(1);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['returns nothing', () => undefined],
  ])('stops though ending the source %s', async (_name, end) => {
    const source = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: end }) };
    const listener = listen(source as never);
    listener.stop();
    await turns();
  });
});
