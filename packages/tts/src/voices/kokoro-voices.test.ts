import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kokoroNames, kokoroStyles } from '../testing/stand-in-voices.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { KokoroVoices, kokoroVoice, parseBlend, styleSize } from './kokoro-voices.js';

const folder = temporaryFolder();

function write(name: string, values: Float32Array | Uint8Array): string {
  const file = path.join(folder, `${name}.bin`);
  writeFileSync(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return file;
}

const voices = new KokoroVoices(new Map(kokoroNames.map((name, index) => [name, write(name, kokoroStyles(index))])));

describe('voices by name', () => {
  it('are read as they are', async () => {
    expect(await voices.styles('bm_two')).toEqual({ styles: kokoroStyles(1), main: 'bm_two' });
    expect(voices.first).toBe('af_one');
    expect(new KokoroVoices(new Map([...kokoroNames, 'af_heart'].map((name) => [name, name]))).first).toBe('af_heart');
  });

  it.each([
    ['af_heart', 'en-US', 'female'],
    ['bm_george', 'en-GB', 'male'],
    ['jf_alpha', 'ja-JP', 'female'],
    ['zm_yunxi', 'zh-CN', 'male'],
    ['pf_dora', 'pt-BR', 'female'],
    ['other', 'en-US', undefined],
  ])('%s speaks %s and is %s', (name, language, gender) => {
    const voice = kokoroVoice(name, 24_000, 'Apache-2.0');
    expect(voice).toMatchObject({ id: name, language, sampleRate: 24_000, license: 'Apache-2.0' });
    expect(voice.gender).toBe(gender);
  });

  it.each([
    ['af_on', ['af_one']],
    ['two', ['bm_two']],
    ['BM_TWO', ['bm_two']],
    ['af_one+af_tree', ['em_three']],
  ])('%s is not there, but what is like it', async (name, near) => {
    await expect(voices.styles(name)).rejects.toMatchObject({
      code: 'NotFound',
      message: expect.stringContaining(near[0] ?? ''),
      details: { parameter: 'voice', nearest: expect.arrayContaining(near) },
    });
  });

  it('nothing is like it: says where they are listed', async () => {
    await expect(voices.styles('xxxxxxxxxxxxx')).rejects.toThrow(/voices\(\) lists the 3/);
  });
});

describe('blends', () => {
  it.each([
    ['af_one*0.6+bm_two*0.4', { 0: 0.6, 1: 0.4 }, 'af_one'],
    ['af_one*3+bm_two*9', { 0: 0.25, 1: 0.75 }, 'bm_two'],
    ['af_one+bm_two + em_three', { 0: 1 / 3, 1: 1 / 3, 2: 1 / 3 }, 'af_one'],
    [' af_one * 1 + em_three ', { 0: 0.5, 2: 0.5 }, 'af_one'],
    ['af_one*0.2+af_one*0.2', { 0: 1 }, 'af_one'],
    ['af_one*1e308+bm_two*1e308', { 0: 0.5, 1: 0.5 }, 'af_one'],
  ] as const)('%s is the weighted mean', async (id, weights, main) => {
    const blend = await voices.styles(id);
    expect(blend.main).toBe(main);
    const parts = Object.entries(weights).map(([index, weight]) => ({ weight, styles: kokoroStyles(Number(index)) }));
    for (let at = 0; at < blend.styles.length; at += 1) {
      const wanted = parts.reduce((sum, { weight, styles }) => sum + weight * (styles[at] as number), 0);
      expect(Math.abs((blend.styles[at] as number) - wanted)).toBeLessThan(1e-6);
    }
  });

  it.each(['', '+', 'a+', 'a*', 'a*0', 'a*-1', 'a*x', 'a*1*2', '*1', 'a*NaN', 'a*Infinity'])('%j is refused', (id) => {
    expect(() => parseBlend(id)).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', details: { parameter: 'voice' } }),
    );
  });

  it('never makes weights that are no numbers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true }), {
          minLength: 2,
          maxLength: 4,
        }),
        async (weights) => {
          const id = weights.map((weight, index) => `${kokoroNames[index % 3]}*${weight}`).join('+');
          const blend = await voices.styles(id).catch(() => undefined);
          expect(blend === undefined || blend.styles.some((value) => value !== 0)).toBe(true);
          expect(blend?.styles.every(Number.isFinite) ?? true).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('damaged voice files', () => {
  const load = (file: string) => new KokoroVoices(new Map([['v', file]])).styles('v');

  it.each([
    ['empty', () => write('empty', new Uint8Array(0)), 'InvalidFormat', '0 bytes'],
    ['of a wrong size', () => write('odd', new Uint8Array(styleSize * 4 + 4)), 'InvalidFormat', '1028 bytes'],
    ['with NaN', () => write('nan', kokoroStyles(0).fill(Number.NaN, 300, 301)), 'InvalidFormat', 'not finite'],
    ['with infinity', () => write('infinite', kokoroStyles(0).fill(-Infinity, 9, 10)), 'InvalidFormat', 'not finite'],
    ['gone', () => path.join(folder, 'gone.bin'), 'IO', 'gone.bin'],
  ])('%s: an error that names the file', async (_, file, code, message) => {
    await expect(load(file())).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('mended, can be loaded', async () => {
    const file = write('mended', new Uint8Array(3));
    const mended = new KokoroVoices(new Map([['v', file]]));
    await expect(mended.styles('v')).rejects.toMatchObject({ code: 'InvalidFormat' });
    write('mended', kokoroStyles(2));
    expect((await mended.styles('v')).styles).toEqual(kokoroStyles(2));
  });
});
