import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PcmReader, toFloat, toInt16 } from './pcm.js';
import { PlaybackSchedule } from './schedule.js';
import { encodeWav } from './wav.js';

const samplesArbitrary = fc.array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 50 });

describe('PcmReader', () => {
  it('gives the same samples however the bytes are cut', () => {
    fc.assert(
      fc.property(samplesArbitrary, fc.array(fc.nat(100), { maxLength: 10 }), (samples, cuts) => {
        const bytes = new Uint8Array(Int16Array.from(samples).buffer);
        const ends = [...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort((a, b) => a - b);
        const reader = new PcmReader();
        const read = ends.flatMap((end, index) => [...reader.read(bytes.subarray(ends[index - 1] ?? 0, end))]);
        expect(read).toEqual(samples);
      }),
    );
  });
});

describe('toFloat and toInt16', () => {
  it('undo each other, and clip what is too loud', () => {
    fc.assert(
      fc.property(samplesArbitrary, (samples) => {
        expect([...toInt16(toFloat(Int16Array.from(samples)))]).toEqual(samples);
      }),
    );
    expect([...toInt16(Float32Array.from([2, -2]))]).toEqual([32_767, -32_768]);
  });
});

describe('PlaybackSchedule', () => {
  it('puts pieces that come in time right behind each other', () => {
    const schedule = new PlaybackSchedule();
    const first = schedule.place(1, 0.5);
    expect(first).toBeGreaterThan(1);
    expect(schedule.place(1.2, 0.25)).toBe(first + 0.5);
    expect(schedule.firstStart).toBe(first);
    expect(schedule.end).toBe(first + 0.75);
    expect(schedule.gaps).toBe(0);
  });

  it('never starts a piece in the past or over another, and counts each wait', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            wait: fc.double({ min: 0, max: 2, noNaN: true }),
            duration: fc.double({ min: 0.01, max: 1, noNaN: true }),
          }),
        ),
        (pieces) => {
          const schedule = new PlaybackSchedule();
          let now = 0;
          let waits = 0;
          for (const [index, { wait, duration }] of pieces.entries()) {
            now += wait;
            const endBefore = schedule.end;
            if (index > 0 && endBefore < now) waits += 1;
            const start = schedule.place(now, duration);
            expect(start).toBeGreaterThanOrEqual(Math.max(now, endBefore));
          }
          expect(schedule.gaps).toBe(waits);
        },
      ),
    );
  });
});

describe('encodeWav', () => {
  it('is read by the wave module of Python', async ({ skip }) => {
    const file = encodeWav([Int16Array.from([1, -2]), Int16Array.from([32_767])], 24_000);
    expect(file.type).toBe('audio/wav');
    const script =
      'import io,sys,wave; w=wave.open(io.BytesIO(sys.stdin.buffer.read())); print(w.getparams()[:4], w.readframes(9).hex())';
    const input = new Uint8Array(await file.arrayBuffer());
    const { stdout, error } = spawnSync('python3', ['-c', script], { input, encoding: 'utf8' });
    if (error) skip(`python3 is not here: ${error.message}`);
    expect(stdout.trim()).toBe('(1, 2, 24000, 3) 0100feffff7f');
  });
});
