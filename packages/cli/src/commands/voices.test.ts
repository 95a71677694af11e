import { join } from 'node:path';
import type { ModelManifest, Voice } from '@ferrum/interfaces';
import type { CatalogueEntry, FerrumModelStore } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry';
import { describe, expect, it } from 'vitest';
import { fakeSpeaker } from '../testing/fake-speaker.js';
import { fakeStore } from '../testing/fake-store.js';
import { jsonLines } from '../testing/json-lines.js';
import { type CommandOptions, runCommand } from '../testing/run-command.js';

const heart: Voice = {
  id: 'heart',
  language: 'en-US',
  gender: 'female',
  sampleRate: 24_000,
  description: 'a voice',
  license: 'Apache-2.0',
};
const emma: Voice = { id: 'emma', language: 'en-GB', sampleRate: 24_000 };
const dora: Voice = { id: 'dora', language: 'es', gender: 'female', sampleRate: 22_050, license: 'MIT' };

const entry = (name: string): CatalogueEntry => ({
  name,
  title: name,
  capability: 'speech',
  architecture: 'piper',
  format: 'onnx',
  license: 'MIT',
  sources: [],
});

/** A store in which some models for speech are here, and others are not. */
function speechStore(...here: readonly string[]): FerrumModelStore {
  const store = fakeStore({
    installed: [...here, 'tiny', 'half'].map((reference) => ({
      reference,
      sizeBytes: 1,
      path: '/m',
      complete: reference !== 'half',
    })),
  });
  const inspect = async (reference: string): Promise<ModelManifest> =>
    reference === 'tiny' ? store.inspect(reference) : { reference, capabilities: ['speech'] };
  return {
    ...store,
    catalogue: [entry('piper:joe'), entry('kokoro:82m')],
    inspect,
    pull: async (reference) => ({
      manifest: await inspect(reference),
      directory: join('/models', reference),
      files: {},
    }),
  };
}

const listVoices: CommandOptions['listVoices'] = async ({ directory }) => {
  if (directory.includes('broken')) throw new FerrumError('InvalidFormat', 'voices.bin is cut off.');
  return directory.includes('piper') ? [dora] : [heart, emma];
};

const voices = (words: readonly string[], options: CommandOptions = {}) =>
  runCommand(['voices', ...words], { store: speechStore('kokoro:82m'), listVoices, ...options });

const rowsOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

describe('ferrum voices', () => {
  it('lists those of every model for speech that is here, and names the others', async () => {
    const { code, stdout, stderr } = await voices([]);
    expect(code).toBe(0);
    expect(rowsOf(stdout)).toEqual([
      ['MODEL', 'VOICE', 'LANGUAGE', 'GENDER', 'RATE', 'LICENCE'],
      ['kokoro:82m', 'heart', 'en-US', 'female', '24000 Hz', 'Apache-2.0'],
      ['kokoro:82m', 'emma', 'en-GB', '24000 Hz'],
    ]);
    expect(stderr).toBe('Not on this machine: piper:joe. "ferrum pull piper:joe" fetches one.\n');
  });

  it('opens no engine for that', async () => {
    const engine = fakeSpeaker();
    await voices([], { plugins: [engine.plugin], store: speechStore('hf:o/piper') });
    expect(engine.options).toEqual([]);
  });

  it('does not suffer from a model that is broken', async () => {
    const { code, stdout, stderr } = await voices([], { store: speechStore('broken:1', 'kokoro:82m', 'piper:joe') });
    expect(code).toBe(0);
    expect(rowsOf(stdout)).toHaveLength(4);
    expect(stderr).toBe('ferrum: broken:1: voices.bin is cut off.\n');
  });

  it('of a model of ours opens no engine either', async () => {
    const engine = fakeSpeaker({ name: '@ferrum/tts' });
    const { stdout } = await voices(['piper:joe'], { plugins: [engine.plugin] });
    expect(engine.options).toEqual([]);
    expect(rowsOf(stdout)).toEqual([
      ['VOICE', 'LANGUAGE', 'GENDER', 'RATE', 'LICENCE'],
      ['dora', 'es', 'female', '22050 Hz', 'MIT'],
    ]);
  });

  it("of another plugin's model asks its engine", async () => {
    const engine = fakeSpeaker({ voices: [emma] });
    const { code, stdout } = await voices(['theirs'], { plugins: [engine.plugin] });
    expect({ code, opened: engine.options.length, open: engine.open }).toEqual({ code: 0, opened: 1, open: 0 });
    expect(rowsOf(stdout)[1]).toEqual(['emma', 'en-GB', '24000 Hz']);
  });

  it('of a model for something else names the command for it', async () => {
    const { code, stderr } = await voices(['tiny']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'ferrum: tiny is a model for text-generation. Use "ferrum run tiny".\n',
    });
  });

  it.each([
    ['en', ['heart', 'emma']],
    ['en-GB', ['emma']],
    ['EN_gb', ['emma']],
    ['e', undefined],
    ['en-', undefined],
  ] as const)('--language %s takes %j', async (language, expected) => {
    const { code, stdout, stderr } = await voices(['--language', language, '--json']);
    if (expected) expect(jsonLines(stdout).map(({ id }) => id)).toEqual(expected);
    else {
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: `ferrum: --language: "${language}" is no language tag. Write it as "en" or "en-GB".\n`,
      });
    }
  });

  it('says which languages there are when none is the one', async () => {
    const { code, stdout, stderr } = await voices(['--language', 'fr']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('No voice speaks fr. There are voices for en-GB, en-US.\n');
  });

  it('prints an object for each with --json', async () => {
    const { stdout } = await voices(['--json']);
    const { description, ...rest } = heart;
    expect(jsonLines(stdout)).toEqual([
      { model: 'kokoro:82m', ...rest, description },
      { model: 'kokoro:82m', ...emma },
    ]);
  });
});
