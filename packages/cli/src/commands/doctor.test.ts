import { access, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { definePlugin } from '@ferrum/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoctorReport } from '../doctor/report.js';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { fakeEngine } from '../testing/fake-engine.js';
import { fakeSpeaker } from '../testing/fake-speaker.js';
import { fakeStore } from '../testing/fake-store.js';
import { type CommandOptions, runCommand } from '../testing/run-command.js';

let folder: string;
let variables: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferrum-doctor-'));
  // Programs of the names that the doctor looks for.
  for (const [name, output] of [
    ['npm', '10.8.2'],
    ['python3', 'pip 24.0 from somewhere (python 3.12)'],
  ] as const) {
    await writeFile(join(folder, name), `#!/bin/sh\necho '${output}'\n`);
    await chmod(join(folder, name), 0o755);
  }
  variables = { PATH: [folder, '/usr/bin', '/bin'].join(delimiter) };
});
afterAll(() => rm(folder, { recursive: true }));

const model = { reference: 'tiny', sizeBytes: 5, path: '/m', complete: true };

async function examine(
  options: CommandOptions = {},
): Promise<{ readonly code: number; readonly report: DoctorReport }> {
  const { code, stdout } = await runCommand(['doctor', '--json'], {
    plugins: [fakeEngine({ features: ['streaming'] }).plugin],
    store: fakeStore({ home: folder, installed: [model] }),
    variables,
    ...options,
  });
  return { code, report: JSON.parse(stdout) };
}

describe.skipIf(process.platform === 'win32')('ferrum doctor (its fake tools are shell scripts)', () => {
  it('says what there is, and 0 when nothing is broken', async () => {
    const { code, report } = await examine();
    expect(code).toBe(0);
    expect(report).toMatchObject({
      node: process.version,
      platform: process.platform,
      onnxRuntime: { version: '1.30.0', libraryPath: '/lib/onnxruntime', providers: ['CPUExecutionProvider'] },
      plugins: [
        {
          name: 'fake-plugin',
          version: '1.2.3',
          state: 'registered',
          engines: [
            { id: 'fake-plugin/engine', capability: 'text-generation', device: 'cpu', features: ['streaming'] },
          ],
        },
      ],
      home: { path: folder, exists: true, writable: true },
      models: [{ reference: 'tiny', complete: true, engine: 'fake-plugin/engine' }],
      tools: [
        { name: 'npm', command: 'npm', version: '10.8.2' },
        { name: 'pip', command: 'python3 -m pip', version: '24.0' },
      ],
    });
    expect(report.problems.filter(({ severity }) => severity === 'broken')).toEqual([]);
  });

  it('tells people the same', async () => {
    const { code, stdout } = await runCommand(['doctor'], {
      plugins: [fakeEngine().plugin],
      store: fakeStore({ home: folder }),
      variables,
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/System\n[\s\S]*Engines\n {2}fake-plugin\/engine[\s\S]*Models\n {2}none yet\n\nProblems\n/);
    expect(stdout).not.toContain('\u001b');
  });

  it.each<{ what: string; options: () => CommandOptions; severity: 'broken' | 'warning'; message: RegExp }>([
    {
      what: 'a library that cannot be loaded',
      options: () => ({ loadOnnxRuntime: () => Promise.reject(new Error('wrong architecture')) }),
      severity: 'broken',
      message: /ONNX Runtime cannot be loaded: wrong architecture/,
    },
    { what: 'no engine', options: () => ({ plugins: [] }), severity: 'broken', message: /No engine generates text/ },
    {
      what: 'a plugin that fails',
      options: () => ({ plugins: [fakeEngine().plugin, failingPlugin] }),
      severity: 'broken',
      message: /failing-plugin does not work: .*no licence key/,
    },
    {
      what: 'a plugin that is not there',
      options: () => ({ variables: { ...variables, FERRUM_PLUGINS: 'nowhere' } }),
      severity: 'broken',
      message: /nowhere does not work: FERRUM_PLUGINS names nowhere/,
    },
    {
      what: 'a file in place of the folder for models',
      options: () => ({ store: fakeStore({ home: join(folder, 'npm') }) }),
      severity: 'broken',
      message: /Models cannot be kept in .+npm: the folder cannot be made/,
    },
    {
      what: 'a file above the folder for models',
      options: () => ({ store: fakeStore({ home: join(folder, 'npm', 'models') }) }),
      severity: 'broken',
      message: /the folder cannot be made/,
    },
    {
      what: 'an incomplete download',
      options: () => ({ store: fakeStore({ home: folder, installed: [{ ...model, complete: false }] }) }),
      severity: 'warning',
      message: /The download of tiny is not complete/,
    },
    {
      what: 'speech without phonemes',
      options: () => ({ plugins: [fakeEngine().plugin, fakeSpeaker().plugin] }),
      severity: 'warning',
      message: /Nothing turns text into phonemes/,
    },
    {
      what: 'a phonemizer that fails',
      options: () => ({
        plugins: [fakeEngine().plugin, fakeSpeaker().plugin],
        loadPhonemizer: () => Promise.reject(new Error('it is not built')),
      }),
      severity: 'broken',
      message: /@ferrum\/plugin-espeak does not work: it is not built/,
    },
    {
      what: 'tools that are missing',
      options: () => ({ variables: { PATH: join(folder, 'nothing') } }),
      severity: 'warning',
      message: /"npm" does not work .+ npm: sources/,
    },
  ])('finds $what, and says how to mend it', async ({ options, severity, message }) => {
    const { code, report } = await examine(options());
    expect(code).toBe(severity === 'broken' ? 1 : 0);
    const problem = report.problems.find((candidate) => message.test(candidate.message));
    expect(problem).toMatchObject({ severity, remedy: expect.stringMatching(/\w/) });
  });

  it('shows the phonemizer that is installed, once', async () => {
    const plugins = [fakeEngine().plugin, fakeSpeaker().plugin];
    const loadPhonemizer = async () => phonemizer;
    for (const given of [plugins, [...plugins, phonemizer]]) {
      const { report } = await examine({ plugins: given, loadPhonemizer });
      expect(report.plugins.map(({ name }) => name)).toEqual(['fake-plugin', 'fake-speaker', '@ferrum/plugin-espeak']);
      expect(report.problems.filter(({ message }) => /phonemes/.test(message))).toEqual([]);
    }
  });

  it('tells what the library knows of from what works here', async () => {
    const providers = ['TensorrtExecutionProvider', 'CUDAExecutionProvider', 'CPUExecutionProvider'];
    const { stdout } = await runCommand(['doctor'], {
      store: fakeStore({ home: folder }),
      variables,
      loadOnnxRuntime: async () => ({ version: '1.30.0', libraryPath: '/lib/onnxruntime', providers }),
    });
    expect(stdout).toContain('1.30.0, CPU; built to load (not tried here): TensorRT, CUDA\n');
  });

  it('finds the engine of an embedding model, whether its files say what they are for or not', async () => {
    const plugins = [fakeEmbedder().plugin];
    const store = fakeStore({ home: folder, installed: [model] });
    for (const capabilities of [['embedding'] as const, undefined]) {
      const inspect = async (reference: string) => ({ reference, ...(capabilities && { capabilities }) });
      const { report } = await examine({ plugins, store: { ...store, inspect } });
      expect(report.models).toMatchObject([{ reference: 'tiny', engine: 'fake-embedder/embed' }]);
    }
  });

  it('says how much disk converted models take', async () => {
    const home = join(folder, 'home');
    expect((await examine({ store: fakeStore({ home }) })).report.home.graphs).toMatchObject({ count: 0 });
    for (const name of ['a', 'b']) {
      await mkdir(join(home, 'graphs', name, 'parts'), { recursive: true });
      await writeFile(join(home, 'graphs', name, 'graph.onnx'), new Uint8Array(1000));
      await writeFile(join(home, 'graphs', name, 'parts', 'weights.bin'), new Uint8Array(250));
    }
    const { report } = await examine({ store: fakeStore({ home }) });
    expect(report.home.graphs).toEqual({ path: join(home, 'graphs'), count: 2, sizeBytes: 2500 });
    const { stdout } = await runCommand(['doctor'], { store: fakeStore({ home }), variables });
    expect(stdout).toContain(`${join(home, 'graphs')}, 2.5 kB in 2 converted models;`);
  });

  it('makes no folder for models', async () => {
    const home = join(folder, 'not', 'there');
    const { report } = await examine({ store: fakeStore({ home }) });
    expect(report.home).toMatchObject({ exists: false, writable: true });
    await expect(access(join(folder, 'not'))).rejects.toThrow('ENOENT');
  });
});

const failingPlugin = definePlugin({
  specificationVersion: '1',
  name: 'failing-plugin',
  version: '0.1.0',
  register: () => {
    throw new Error('no licence key');
  },
});

const phonemizer = definePlugin({
  specificationVersion: '1',
  name: '@ferrum/plugin-espeak',
  version: '1.0.0',
  register: (registry) =>
    registry.register({
      specificationVersion: '1',
      id: '@ferrum/plugin-espeak/default',
      capability: 'phonemization',
      features: [],
      models: ['espeak-ng'],
      device: 'cpu',
      match: () => ({ score: 50, reason: 'comes with it' }),
      create: () => Promise.reject(new Error('the doctor opens nothing')),
    }),
});
