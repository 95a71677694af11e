import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelManifest, Plugin } from '@ferrum/interfaces';
import type { FerrumModelStore, InstalledModel } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry';
import { describe, expect, it, vi } from 'vitest';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { fakeEngine } from '../testing/fake-engine.js';
import { fakeSpeaker } from '../testing/fake-speaker.js';
import { fakeStore } from '../testing/fake-store.js';
import { installPluginPackages } from '../testing/plugin-package.js';
import { runCommand } from '../testing/run-command.js';
import { post, startServe } from '../testing/start-serve.js';
import { recordOutput } from '../testing/streams.js';

const chat = (model: string, more: object = {}) => ({ model, messages: [{ role: 'user', content: 'hi' }], ...more });

async function modelsOf(url: string): Promise<readonly { readonly id: string }[]> {
  const { data } = (await (await fetch(`${url}/v1/models`)).json()) as { readonly data: readonly { id: string }[] };
  return data;
}

describe('ferrum serve', () => {
  it('answers clients of the OpenAI API until SIGTERM, and then has not failed', async () => {
    const engine = fakeEngine({ answer: ['Hello', ' there'] });
    const running = await startServe(['tiny'], { plugins: [engine.plugin] });
    expect(await modelsOf(running.url)).toEqual([
      expect.objectContaining({ id: 'tiny', capabilities: ['text-generation'], state: 'closed' }),
    ]);
    expect(engine.open).toBe(0);
    const answer = await post(`${running.url}/v1/chat/completions`, chat('tiny', { stream: true }));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain(' there');
    expect(engine.open).toBe(1);
    expect((await running.stop('SIGTERM')).code).toBe(0);
    expect(engine.open).toBe(0);
    await expect(fetch(running.url)).rejects.toThrow();
  });

  it.each([
    ['SIGINT', 0],
    ['SIGHUP', 129],
  ] as const)('ends with %s and exit code %i', async (signal, code) => {
    const running = await startServe(['tiny'], { plugins: [fakeEngine().plugin] });
    expect(await running.stop(signal)).toMatchObject({ code, stderr: expect.stringContaining('Stopping') });
  });

  it('lets an answer that is under way finish, unless a second signal comes', async () => {
    const gate = new AbortController();
    const opened = new Promise<void>((resolve) => gate.signal.addEventListener('abort', () => resolve()));
    const engine = fakeEngine({ answer: ['one', 'two'], afterPiece: () => opened });
    const exit = vi.fn();
    const running = await startServe(['tiny'], { plugins: [engine.plugin], exit });
    const response = await post(`${running.url}/v1/chat/completions`, chat('tiny', { stream: true }));
    running.send('SIGTERM');
    await vi.waitFor(() => expect(running.stderr).toContain('Stopping'));
    expect(exit).not.toHaveBeenCalled();
    running.send('SIGTERM');
    expect(exit).toHaveBeenCalledWith(143);
    gate.abort();
    expect(await response.text()).toMatch(/two[\s\S]*\[DONE\]/);
    expect(await running.stop()).toMatchObject({ code: 0 });
  });

  it('tells people on stderr what runs, and programs on stdout in JSON, without what was said', async () => {
    const engine = fakeEngine({ answer: ['a secret answer'] });
    const running = await startServe(['gpt-4o-mini=tiny'], { plugins: [engine.plugin] });
    await post(`${running.url}/v1/chat/completions`, chat('gpt-4o-mini', { stream: true })).then((r) => r.text());
    const { stdout, stderr } = await running.stop();
    expect(stderr).toMatch(/tiny {2}text-generation {2}also gpt-4o-mini\nNo API key is needed\.\nCtrl-C stops it/);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({ res: { method: 'POST', url: '/v1/chat/completions', statusCode: 200 } }),
    );
    expect(stdout).not.toMatch(/secret|"hi"/);
  });

  it('writes a readable line for each request on a terminal', async () => {
    const stdout = recordOutput(true);
    const running = await startServe(['tiny'], {
      ...{ plugins: [fakeEngine().plugin], stdout },
      variables: { NO_COLOR: '1' },
    });
    await fetch(`${running.url}/v1/models/none`);
    await running.stop();
    expect(stdout.text).toMatch(/^\d\d:\d\d:\d\d 404 GET \/v1\/models\/none \d+ ms\n$/);
  });

  it('says on which address it cannot listen', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const engine = fakeEngine();
    const parameters = ['serve', 'tiny', '--no-playground', '--port', port, '--preload'];
    const { code, stderr } = await runCommand(parameters, { plugins: [engine.plugin] });
    other.close();
    expect({ code, open: engine.open }).toEqual({ code: 1, open: 0 });
    expect(stderr).toContain(`Cannot listen on 127.0.0.1:${port}: something else listens there.`);
  });

  it('goes on without a broken plugin, and prefers what the configuration says', async () => {
    const home = await mkdtemp(join(tmpdir(), 'ferrum-serve-'));
    await mkdir(join(home, 'plugins'));
    await installPluginPackages(join(home, 'plugins'), [
      { name: 'broken', source: 'throw new Error("no luck today");' },
      { name: 'toy' },
    ]);
    await writeFile(join(home, 'ferrum.config.json'), JSON.stringify({ prefer: ['fake-plugin'] }));
    const options = {
      plugins: [fakeEngine({ answer: ['Hello'] }).plugin],
      store: fakeStore({ home }),
      workingDirectory: () => home,
    };
    const preferred = await startServe(['tiny'], options);
    const answer = await post(`${preferred.url}/v1/chat/completions`, chat('tiny', { stream: true }));
    expect(await answer.text()).toContain('Hello');
    expect((await preferred.stop()).stderr).toContain('ferrum: plugin broken was skipped: ');
    // Its engine scores higher, and does not open.
    const other = await startServe(['tiny', '--prefer', 'toy'], options);
    expect(
      (await post(`${other.url}/v1/chat/completions`, chat('tiny', { stream: true }))).status,
    ).toBeGreaterThanOrEqual(500);
    await other.stop();
    await rm(home, { recursive: true });
  });

  it('warns when everybody may call, and when nothing makes phonemes', async () => {
    const running = await startServe(['tiny', '--host', '0.0.0.0'], { plugins: [fakeSpeaker().plugin] });
    const { stderr } = await running.stop();
    expect(stderr).toContain('everybody who reaches 0.0.0.0 may use it');
    expect(stderr).toContain('ferrum plugins add @ferrum/plugin-espeak');
    const guarded = await startServe(['tiny', '--host', '0.0.0.0', '--api-key', 'abcdefgh'], {
      plugins: [fakeEngine().plugin],
    });
    const outcome = await guarded.stop();
    expect(outcome.stderr).not.toContain('ferrum:');
    expect(outcome.stderr).toContain('1 API key opens it.');
  });

  it('asks for a key, as it is or as a hash', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ferrum-serve-'));
    // By sha256sum, of "a key from a file".
    const hash = '4ae998cb1c51883cead559bac9be2bff9e04f86a018f9aa7a0177f9ddf69db9e';
    await writeFile(join(folder, 'keys'), `# for the office\n\nsha256:${hash}\n  second-key  \n`);
    const running = await startServe(['tiny', '--api-key', 'third-key', '--api-key-file', 'keys'], {
      plugins: [fakeEngine().plugin],
      workingDirectory: () => folder,
      variables: { FERRUM_API_KEYS: 'of-the-environment' },
    });
    const statusWith = async (key: string) => {
      const response = await fetch(`${running.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
      return response.status;
    };
    const keys = ['a key from a file', 'second-key', 'third-key', 'of-the-environment', hash];
    expect(await Promise.all(keys.map(statusWith))).toEqual([200, 200, 200, 401, 401]);
    const { stdout, stderr } = await running.stop();
    expect(stderr).toContain('3 API keys open it.');
    expect(stdout).not.toContain('-key');
    await rm(folder, { recursive: true });
  });
});

describe('the models that ferrum serve offers', () => {
  const here = (reference: string, complete = true): InstalledModel => {
    return { reference, sizeBytes: 1, path: `/models/${reference}`, complete };
  };

  /** With the models of a table, each with what it is for; the rest is unknown. */
  function storeOf(table: Readonly<Record<string, ModelManifest['capabilities']>>): FerrumModelStore {
    const names = Object.keys(table);
    const inspect = async (reference: string): Promise<ModelManifest> => {
      if (!names.includes(reference)) throw new FerrumError('NotFound', `There is no model ${reference}.`);
      const capabilities = table[reference];
      return { reference, ...(capabilities && { capabilities }) };
    };
    return {
      ...fakeStore(),
      inspect,
      list: async () => names.map((name) => here(name, name !== 'half')),
      pull: async (reference) => ({ manifest: await inspect(reference), directory: '/models', files: {} }),
    };
  }

  it('are all on this machine that say what they are for and that an engine opens', async () => {
    const store = storeOf({ chat: ['text-generation'], half: ['text-generation'], vad: undefined, voice: ['speech'] });
    const options = { store, plugins: [fakeEngine().plugin] };
    const running = await startServe([], options);
    const data = await modelsOf(running.url);
    expect(data.map(({ id }) => id)).toEqual(['chat', 'voice']);
    const { stderr } = await running.stop();
    expect(stderr).toContain('2 models left out; --verbose says why.');
    const talkative = await startServe(['--verbose'], options);
    expect((await talkative.stop()).stderr).toMatch(
      /left out half: its download is not complete\nleft out vad: its files do not say what it is for/,
    );
  });

  it('are none without one: that is an error that says how to get one', async () => {
    const { code, stderr } = await runCommand(['serve'], { store: storeOf({}), plugins: [fakeEngine().plugin] });
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('ferrum pull') });
  });

  it('have one entry for all their aliases', async () => {
    const running = await startServe(['a=tiny', 'b=tiny'], { plugins: [fakeEngine({ answer: ['x'] }).plugin] });
    const data = await modelsOf(running.url);
    expect(data).toEqual([expect.objectContaining({ id: 'tiny', aliases: ['a', 'b'] })]);
    await running.stop();
  });

  it('are pulled before the server listens, and named in FERRUM_MODELS as well', async () => {
    const pulled = vi.fn();
    const store = fakeStore({
      pull: async ({ onProgress }) => {
        pulled();
        onProgress?.({ phase: 'download', label: 'tiny.gguf', unit: 'bytes', completed: 0, total: 98_362_432 });
      },
    });
    const variables = { FERRUM_MODELS: 'tiny' };
    const running = await startServe([], { store, plugins: [fakeEngine().plugin], variables });
    expect(pulled).toHaveBeenCalledOnce();
    expect((await running.stop()).stderr).toMatch(/^downloading tiny\.gguf \(98\.4 MB\)\nFerrum listens/);
    const failing = fakeStore({ pull: () => Promise.reject(new FerrumError('Network', 'No way.')) });
    expect(await runCommand(['serve', 'tiny'], { store: failing, plugins: [fakeEngine().plugin] })).toMatchObject({
      code: 4,
      stderr: 'ferrum: No way.\n',
    });
  });

  it('are refused when nobody knows them, or no engine opens them', async () => {
    const unknown = await runCommand(['serve', 'nosuch'], { plugins: [fakeEngine().plugin] });
    expect(unknown).toMatchObject({ code: 3, stderr: expect.stringContaining('There is no model nosuch.') });
    expect(await runCommand(['serve', 'tiny', '--no-playground'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No engine here opens tiny.'),
    });
  });

  it('open at the start with --preload', async () => {
    const engine = fakeEngine();
    const running = await startServe(['tiny', '--preload'], { plugins: [engine.plugin] });
    await vi.waitFor(() => expect(engine.open).toBe(1));
    expect((await running.stop()).stdout).toContain('model opened');
  });

  it('get the options that their engines know', async () => {
    const [chatEngine, embedder] = [fakeEngine({ answer: ['x'] }), fakeEmbedder()];
    const store = storeOf({ chat: ['text-generation'], vectors: ['embedding'] });
    const match = (capability: string) => (manifest: ModelManifest) => ({
      score: manifest.capabilities?.[0] === capability ? 50 : 0,
      reason: 'by what it is for',
    });
    const plugins = [onlyFor(chatEngine.plugin, match), onlyFor(embedder.plugin, match)];
    const flags = ['--threads', '2', '--context-length', '99', '--quantization', 'int4', '--preload'];
    const running = await startServe(flags, { store, plugins });
    await vi.waitFor(() => expect([chatEngine.open, embedder.open]).toEqual([1, 1]));
    await running.stop();
    expect(chatEngine.options).toEqual([{ threads: 2, contextLength: 99, quantization: 'int4' }]);
    expect(embedder.options).toEqual([{ threads: 2 }]);
    const useless = await runCommand(['serve', 'vectors', '--context-length', '9'], { store, plugins });
    expect(useless).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--context-length 9 is for .*text-generation/),
    });
  });
});

/** The plugin, with its engines opening only what they are for. */
function onlyFor(
  plugin: Plugin,
  match: (capability: string) => (manifest: ModelManifest) => { score: number; reason: string },
): Plugin {
  return {
    ...plugin,
    register: (registry) =>
      plugin.register({
        ...registry,
        register: (descriptor) => registry.register({ ...descriptor, match: match(descriptor.capability) }),
      }),
  };
}
