import type { Capability, CapabilityMap, Host } from '@ferrum/interfaces';
import { describe, expect, it, vi } from 'vitest';
import { fakePlugin, healthyLabel, hostBeside, request } from './testing/fakes.js';

const everyEngine = ['status', 'config', 'metrics', 'healthCheck'];

/** As the interfaces name them, less `shutdown`: an engine may have `Symbol.asyncDispose` alone. */
const callsOf: Readonly<Record<Exclude<Capability, 'fake'>, readonly string[]>> = {
  'text-generation': [...everyEngine, 'infer', 'inferStream'],
  embedding: [...everyEngine, 'embedText', 'embedImage', 'embeddingDim', 'embedTexts'],
  reranking: [...everyEngine, 'rerank'],
  transcription: [...everyEngine, 'transcribeFile', 'transcribeBytes', 'transcribe', 'transcribeStream'],
  speech: [...everyEngine, 'synthesizeSpeech', 'ttsSampleRate', 'synthesizeStream', 'voices'],
  phonemization: ['phonemize', 'languages'],
};
const capabilities = Object.keys(callsOf) as readonly (keyof typeof callsOf)[];

const advanced = [
  ...['inferBatch', 'inferSpeculative', 'warmup', 'reconfigure', 'diagnostics', 'exportState', 'importState'],
];

/** An engine in name only: every call is there and does nothing. */
function engineOf(calls: readonly string[], own: Readonly<Record<string, unknown>> = {}) {
  const close = vi.fn(async () => {});
  const engine = {
    specificationVersion: '1',
    modelId: 'm',
    ...Object.fromEntries(calls.map((name) => [name, () => undefined])),
    [Symbol.asyncDispose]: close,
    ...own,
  };
  return { engine, close };
}

function hostOf(capability: Capability, engine: unknown, features: readonly string[] = []): Host {
  const plugin = fakePlugin('bare', (registry) =>
    registry.register({
      specificationVersion: '1',
      id: 'bare/engine',
      capability,
      features,
      device: 'cpu',
      match: () => ({ score: 50, reason: 'opens everything' }),
      create: async () => engine as CapabilityMap[Capability],
    }),
  );
  return hostBeside([plugin]);
}

describe('an engine that lacks what it promises', () => {
  it.each(capabilities)('is none when %s asks for all that it has', async (capability) => {
    const { engine } = engineOf(callsOf[capability]);
    await using host = hostOf(capability, engine);
    expect(await host.resolve(capability, request)).toBe(engine);
  });

  it.each(capabilities.flatMap((capability) => callsOf[capability].map((call) => [capability, call] as const)))(
    'as one for %s without %s is closed and named',
    async (capability, call) => {
      const { engine, close } = engineOf(callsOf[capability], { [call]: 'not a function' });
      const host = hostOf(capability, engine);
      await expect(host.resolve(capability, request)).rejects.toMatchObject({
        code: 'Backend',
        message: expect.stringMatching(
          `^bare/engine \\(plugin bare\\) opened model m .*without ${call}\\(\\), which ${capability}`,
        ),
        details: { engine: 'bare/engine', plugin: 'bare', model: 'm', missing: [call] },
      });
      expect(close).toHaveBeenCalledOnce();
      expect(host.openEngines()).toEqual([]);
      expect(await healthyLabel(host)).toBe('healthy/engine');
      await host.dispose();
    },
  );

  it.each([
    ['advanced', advanced],
    ['tokenizer', ['tokenize', 'detokenize']],
  ])('although it declares the feature %s is closed and named', async (feature, calls) => {
    const basic = callsOf['text-generation'];
    const whole = engineOf([...basic, ...calls]).engine;
    expect(await hostOf('text-generation', whole, [feature]).resolve('text-generation', request)).toBe(whole);
    const modest = engineOf(basic).engine;
    expect(await hostOf('text-generation', modest, ['streaming']).resolve('text-generation', request)).toBe(modest);
    for (const lacking of calls) {
      const { engine, close } = engineOf([...basic, ...calls.filter((name) => name !== lacking)]);
      const host = hostOf('text-generation', engine, ['streaming', feature]);
      await expect(host.resolve('text-generation', request)).rejects.toMatchObject({
        code: 'Backend',
        message: expect.stringContaining(`without ${lacking}(), although it declares the feature ${feature}`),
      });
      expect(close).toHaveBeenCalledOnce();
    }
  });

  it.each([['2'], [undefined]])('such as specification %s is closed and named', async (specificationVersion) => {
    const { engine, close } = engineOf(callsOf.phonemization, { specificationVersion });
    await expect(hostOf('phonemization', engine).resolve('phonemization', request)).rejects.toMatchObject({
      code: 'Backend',
      message: expect.stringContaining(`plugin bare) opened model m as an engine with specificationVersion`),
    });
    expect(close).toHaveBeenCalledOnce();
  });

  it('and cannot be closed either is named, and reported at the end', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { engine } = engineOf([], { [Symbol.asyncDispose]: () => Promise.reject(new Error('stuck')) });
    const host = hostOf('speech', engine);
    await expect(host.resolve('speech', request)).rejects.toMatchObject({
      code: 'Backend',
      message: expect.stringContaining('which speech asks for'),
    });
    await expect(host.dispose()).rejects.toMatchObject({ errors: [{ message: expect.stringContaining('stuck') }] });
    vi.restoreAllMocks();
  });

  it('and cannot be looked at is closed and named', async () => {
    const { engine, close } = engineOf(callsOf.reranking);
    Object.defineProperty(engine, 'rerank', {
      get: () => {
        throw new Error('not yet');
      },
    });
    await expect(hostOf('reranking', engine).resolve('reranking', request)).rejects.toMatchObject({
      code: 'Backend',
      message: expect.stringMatching(/bare\/engine \(plugin bare\) .*not yet/),
    });
    expect(close).toHaveBeenCalledOnce();
  });

  it.each([[undefined], [null], [7], ['engine'], [{}], [{ shutdown: true }]])('such as %o is named', async (engine) => {
    const host = hostOf('fake', engine);
    await expect(host.resolve('fake', request)).rejects.toMatchObject({
      code: 'Backend',
      message: expect.stringMatching(
        /^bare\/engine \(plugin bare\) could not open model m: create\(\) did not return an engine/,
      ),
    });
  });

  it('is unknown of a capability that a third party added', async () => {
    const { engine } = engineOf([], { specificationVersion: 'ours' });
    expect(await hostOf('fake', engine, ['advanced', 'tokenizer']).resolve('fake', request)).toBe(engine);
  });
});
