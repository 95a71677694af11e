import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { piperSettings } from '../testing/stand-in-voices.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { readPiperConfig } from './piper-config.js';

const folder = temporaryFolder();

function settings(changes: Readonly<Record<string, unknown>> | string): string {
  const file = path.join(folder, 'voice.onnx.json');
  writeFileSync(
    file,
    typeof changes === 'string' ? changes : JSON.stringify({ ...piperSettings('piper'), ...changes }),
  );
  return file;
}

describe("a voice's settings", () => {
  it('say how it speaks', async () => {
    const config = await readPiperConfig(settings({ dataset: 'joe' }));
    expect(config).toMatchObject({
      ...{ sampleRate: 8000, language: 'en-US', dataset: 'joe', speakers: new Map() },
      ...{ noiseScale: 0.667, durationNoiseScale: 0.8, lengthScale: 1 },
    });
    expect(config.phonemeIds.get('a')).toEqual([4]);
  });

  it('may leave most unsaid', async () => {
    const { audio, phoneme_id_map } = piperSettings('piper');
    const least = JSON.stringify({ audio, phoneme_id_map, dataset: null });
    expect(await readPiperConfig(settings(least))).toMatchObject({
      ...{ language: 'en-US', dataset: undefined, noiseScale: 0.667, durationNoiseScale: 0.8, lengthScale: 1 },
    });
  });

  it.each([
    [{ language: { code: 'de_DE' } }, 'de-DE'],
    [{ language: undefined, espeak: { voice: 'pt-br' } }, 'pt-BR'],
    [{ espeak: { voice: 'en-gb-x-rp' } }, 'en-GB-x-rp'],
    [{ espeak: { voice: 'not a tag' } }, 'not a tag'],
  ])('%j: the language is %s', async (changes, language) => {
    expect((await readPiperConfig(settings(changes))).language).toBe(language);
  });

  it('name the speakers, or number them', async () => {
    const named = { num_speakers: 2, speaker_id_map: { anna: 1, ben: 0 } };
    expect((await readPiperConfig(settings(named))).speakers).toEqual(new Map(Object.entries({ anna: 1, ben: 0 })));
    const numbered = await readPiperConfig(settings({ num_speakers: 3, speaker_id_map: {} }));
    expect([...numbered.speakers]).toEqual([
      ['0', 0],
      ['1', 1],
      ['2', 2],
    ]);
    expect((await readPiperConfig(settings({ num_speakers: 1, speaker_id_map: { joe: 0 } }))).speakers.size).toBe(0);
  });

  it.each<[Readonly<Record<string, unknown>> | string, string, string]>([
    ['{"audio":', 'InvalidFormat', 'voice.onnx.json'],
    ['[]', 'InvalidFormat', 'voice.onnx.json'],
    [{ audio: undefined }, 'InvalidFormat', 'audio'],
    [{ audio: { sample_rate: 22050.5 } }, 'InvalidFormat', 'sample_rate'],
    [{ audio: { sample_rate: 0 } }, 'InvalidFormat', 'sample_rate'],
    [{ inference: { noise_scale: -1 } }, 'InvalidFormat', 'noise_scale'],
    [{ phoneme_id_map: undefined }, 'InvalidFormat', 'phoneme_id_map'],
    [{ phoneme_id_map: { a: 4 } }, 'InvalidFormat', 'phoneme_id_map'],
    [{ phoneme_id_map: { a: [4.5], _: [0] } }, 'InvalidFormat', 'phoneme_id_map'],
    [{ phoneme_id_map: { a: [4], _: [0], $: [2] } }, 'InvalidFormat', '"^"'],
    [{ phoneme_id_map: { a: [4], _: [], $: [2], '^': [1] } }, 'InvalidFormat', '"_"'],
    [{ phoneme_type: 'pinyin' }, 'Unsupported', 'pinyin'],
    [{ num_speakers: -1 }, 'InvalidFormat', 'num_speakers'],
    [{ num_speakers: 2 ** 31 - 1, speaker_id_map: {} }, 'InvalidFormat', 'num_speakers'],
    [{ num_speakers: 2, speaker_id_map: { a: 'b' } }, 'InvalidFormat', 'speaker_id_map'],
  ])('%j are refused', async (changes, code, message) => {
    await expect(readPiperConfig(settings(changes))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('that are not there: says which file', async () => {
    await expect(readPiperConfig(path.join(folder, 'gone.json'))).rejects.toMatchObject({
      code: 'NotFound',
      message: expect.stringContaining('gone.json'),
    });
  });
});
