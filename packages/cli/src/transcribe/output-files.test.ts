import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AudioArgument } from './audio-arguments.js';
import { planOutputFiles } from './output-files.js';

const audio = (path: string): AudioArgument => ({ name: path, path });
const plan = (paths: readonly string[], formats: Parameters<typeof planOutputFiles>[1] = ['srt']) =>
  planOutputFiles(paths.map(audio), formats, '/out').map((files) => [...files.values()]);
const out = (...names: readonly string[]) => names.map((name) => join('/out', name));

describe('the files of --output-dir', () => {
  it('are named after the audio', () => {
    expect(plan(['/in/a.b.wav'], ['text', 'verbose_json'])).toEqual([out('a.b.txt', 'a.b.verbose.json')]);
    expect([...(planOutputFiles([{ name: '-' }], ['vtt'], '/out')[0]?.values() ?? [])]).toEqual(out('stdin.vtt'));
  });

  it('of audio files that share a name get numbers, also on file systems without case', () => {
    expect(plan(['/a/talk.wav', '/b/talk.mp3', '/c/Talk.ogg', '/d/talk-2.wav'])).toEqual(
      ['talk', 'talk-2', 'Talk-3', 'talk-2-2'].map((name) => out(`${name}.srt`)),
    );
  });

  it('of one audio share a number', () => {
    expect(plan(['/a/x.wav', '/b/x.wav'], ['srt', 'vtt'])[1]).toEqual(out('x-2.srt', 'x-2.vtt'));
  });

  it('never take the place of an audio', () => {
    expect(plan([join('/out', 'x.srt')])).toEqual([out('x-2.srt')]);
  });

  it('are never the same for two', () => {
    const name = fc.stringMatching(/^[ab]{1,2}(-[12])?$/);
    const paths = fc.array(fc.tuple(fc.constantFrom('/a', '/b', '/out'), name, fc.constantFrom('.wav', '.srt', '')));
    fc.assert(
      fc.property(paths, (parts) => {
        const inputs = parts.map(([folder, base, end]) => join(folder, `${base}${end}`));
        const outputs = plan(inputs, ['srt', 'vtt', 'word-vtt']).flat();
        expect(new Set(outputs).size).toBe(outputs.length);
        expect(outputs.filter((output) => inputs.includes(output))).toEqual([]);
      }),
    );
  });
});
