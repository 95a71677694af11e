import { describe, expect, it } from 'vitest';
import { otherFormat } from './other-format.js';

/** Frames of zeros, each with its head; lengths in bytes are those that players show. */
function frames(head: readonly number[], length: number): Buffer {
  const frame = Buffer.alloc(length);
  frame.set(head);
  return Buffer.concat([frame, frame, frame]);
}

/** MPEG-1 layer III, 128 kbit/s at 44.1 kHz; then with padding. */
const mp3 = frames([0xff, 0xfb, 0x90, 0x64], 417);
const padded = frames([0xff, 0xfb, 0x92, 0x64], 418);
/** MPEG-2, 32 kbit/s at 24 kHz; MPEG-2.5, 32 kbit/s at 8 kHz. */
const slow = frames([0xff, 0xf3, 0x44, 0xc4], 96);
const slowest = frames([0xff, 0xe3, 0x48, 0xc4], 288);
/** ADTS, a frame of 200 bytes. */
const aac = frames([0xff, 0xf1, 0x50, 0x80, 200 >> 3, ((200 & 7) << 5) | 0x1f, 0xfc], 200);

const samples = (...values: number[]) => Buffer.from(Int16Array.from(values).buffer);

describe('the first bytes of an answer', () => {
  it.each([
    ['a WAV file', Buffer.from('RIFF....WAVEfmt ')],
    ['an MP3 file', Buffer.from('ID3\x04\x00')],
    ['an Ogg file', Buffer.from('OggS\0\x02')],
    ['a FLAC file', Buffer.from('fLaC\0\0\0"')],
    ['a page of HTML or XML', Buffer.from('<html>')],
    ['a page of HTML or XML', Buffer.from('\r\n<!DOCTYPE html>')],
    ['a page of HTML or XML', Buffer.from('<?xml version="1.0"?>')],
    ['JSON', Buffer.from('{"error": "no"}')],
    ['MP3', mp3],
    ['MP3', padded],
    ['MP3', slow],
    ['MP3', slowest],
    ['AAC', aac],
  ])('show %s', (name, bytes) => {
    expect(otherFormat(bytes)).toBe(name);
  });

  it.each([
    ['silence', samples(...Array(2000).fill(0))],
    ['the quietest sound, whose bytes begin as those of MP3 do', samples(...Array(2000).fill(-1))],
    // FF FB, FF F3, FF F1 …
    ['a quiet sound, whose bytes do even more', samples(-1025, 100, -100, ...Array(2000).fill(9))],
    ['the same', samples(-3073, ...Array(2000).fill(-3000))],
    ['the same', samples(-3585, ...Array(9000).fill(128))],
    ['a sample that begins with <', samples(0x003c, 0x0041, 5, 5)],
    ['a sample that begins with {', samples(0x017b, 0x0022, 5, 5)],
  ])('show no other format for %s', (_, bytes) => {
    expect(otherFormat(bytes)).toBeUndefined();
  });

  it('may be too few to tell', () => {
    for (const length of [0, 1, 6, 7, 300, 418]) expect(otherFormat(mp3.subarray(0, length))).toBe('unclear');
    expect(otherFormat(mp3.subarray(0, 419))).toBe('MP3');
  });
});

it('takes no noise for something else, whose first sample looks like the head of a frame', () => {
  const taken: number[][] = [];
  for (let second = 0xe0; second <= 0xff; second += 1) {
    for (let seed = 1; seed <= 50; seed += 1) {
      const sound = samples(...noise(seed, 4500));
      sound.set([0xff, second]);
      if (otherFormat(sound) !== undefined) taken.push([second, seed]);
    }
  }
  expect(taken).toEqual([]);
});

/** Of a linear congruential generator (Numerical Recipes), within ±1000. */
function noise(seed: number, count: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * 2000) - 1000;
  });
}
