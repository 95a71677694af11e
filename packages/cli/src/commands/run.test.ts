import { EventEmitter } from 'node:events';
import type { FerrumModelStore } from '@ferrum/models';
import { definePlugin, FerrumError } from '@ferrum/registry';
import * as v from 'valibot';
import { describe, expect, it, vi } from 'vitest';
import { fakeEngine } from '../testing/fake-engine.js';
import { fakeStore } from '../testing/fake-store.js';
import { runCommand } from '../testing/run-command.js';
import { closingOutput, fullOutput, keyboard, pipedInput, recordOutput, silentInput } from '../testing/streams.js';

describe('the answer', () => {
  it('is streamed to stdout piece by piece, ends its line, and is alone there', async () => {
    const stdout = recordOutput();
    const seen: string[] = [];
    const engine = fakeEngine({ answer: ['Because', ' of', ' light.'], afterPiece: () => seen.push(stdout.text) });
    const result = await runCommand(['run', 'tiny', 'Why', 'is', 'it', 'blue?'], { plugins: [engine.plugin], stdout });
    expect(result).toMatchObject({ code: 0, stdout: 'Because of light.\n' });
    expect(seen).toEqual(['Because', 'Because of', 'Because of light.']);
    expect(engine.requests[0]?.messages).toEqual([{ role: 'user', content: 'Why is it blue?' }]);
    expect(engine.open).toBe(0);
  });

  it('goes to a pipe exactly as the model wrote it, and to a terminal without what would command it', async () => {
    const answer = ['a\u001b[31mb\r\u0007\tc\n'];
    const piped = await runCommand(['run', 'tiny', 'hi'], { plugins: [fakeEngine({ answer }).plugin] });
    expect(piped.stdout).toBe('a\u001b[31mb\r\u0007\tc\n');
    const shown = await runCommand(['run', 'tiny', 'hi'], {
      plugins: [fakeEngine({ answer }).plugin],
      stdout: recordOutput(true),
    });
    expect(shown.stdout).toBe('a[31mb\tc\n');
  });

  it('is followed on stderr by the speed, on a terminal or with --verbose only', async () => {
    const footer = '[2 tokens, 118.3 tokens/s, first token after 0.21 s]';
    const plugins = () => [fakeEngine({ answer: ['a', 'b'] }).plugin];
    expect((await runCommand(['run', 'tiny', 'hi'], { plugins: plugins() })).stderr).not.toContain('tokens/s');
    expect((await runCommand(['run', 'tiny', 'hi', '--verbose'], { plugins: plugins() })).stderr).toContain(footer);
    const terminal = { plugins: plugins(), stderr: recordOutput(true), variables: { NO_COLOR: '1' } };
    expect((await runCommand(['run', 'tiny', 'hi'], terminal)).stderr).toBe(`${footer}\n`);
  });

  it('uses colour codes on a terminal, but none with NO_COLOR or in a pipe', async () => {
    const stderrOf = async (terminal: boolean, variables: Record<string, string>) =>
      (await runCommand(['run', 'other', 'hi'], { stderr: recordOutput(terminal), variables })).stderr;
    expect(await stderrOf(true, {})).toContain('\u001b[');
    expect(await stderrOf(true, { NO_COLOR: '1' })).not.toContain('\u001b');
    expect(await stderrOf(false, {})).not.toContain('\u001b');
  });

  it('passes flags on as sampling values and engine options', async () => {
    const engine = fakeEngine({ answer: ['a'] });
    const flags = '--max-tokens 5 --temperature 0.5 --top-p .9 --top-k 4 --seed 7 --stop END --stop \n\n --threads 2';
    const more = ['--context-length', '512', '--quantization', 'exact', '--system', 'Be brief.'];
    const commandLine = ['run', 'tiny', 'hi', ...flags.split(' '), ...more];
    expect((await runCommand(commandLine, { plugins: [engine.plugin] })).code).toBe(0);
    expect(engine.requests[0]).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hi' },
      ],
      sampling: { maxTokens: 5, temperature: 0.5, topP: 0.9, topK: 4, seed: 7, stopSequences: ['END', '\n\n'] },
    });
    expect(engine.options).toEqual([{ threads: 2, contextLength: 512, quantization: 'exact' }]);
  });

  it('leaves values that are not given to the model', async () => {
    const engine = fakeEngine({ answer: ['a'] });
    await runCommand(['run', 'tiny', 'hi'], { plugins: [engine.plugin] });
    expect(engine.requests[0]?.sampling).toEqual({});
    expect(engine.options).toEqual([{}]);
  });
});

describe('the prompt', () => {
  const promptOf = async (words: readonly string[], stdin = pipedInput('')) => {
    const engine = fakeEngine({ answer: ['a'] });
    const result = await runCommand(['run', 'tiny', ...words], { plugins: [engine.plugin], stdin });
    const request = engine.requests[0];
    return { ...result, prompt: request?.prompt ?? request?.messages?.at(-1)?.content, raw: request?.raw };
  };

  it('may be piped in', async () => {
    expect(await promptOf([], pipedInput('What is this?\n'))).toMatchObject({ code: 0, prompt: 'What is this?' });
  });

  it('is followed by what is piped in', async () => {
    const result = await promptOf(['Summarise:'], pipedInput('line 1\nline 2\n'));
    expect(result).toMatchObject({ code: 0, prompt: 'Summarise:\n\nline 1\nline 2' });
  });

  it('with --raw goes to the model to the last blank, without a template', async () => {
    const result = await promptOf(['--raw'], pipedInput('Once upon a time '));
    expect(result).toMatchObject({ code: 0, prompt: 'Once upon a time ', raw: true });
  });

  it('goes alone when a pipe keeps silent, saying so; with - it waits', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const alone = promptOf(['hi'], silentInput());
      await vi.advanceTimersByTimeAsync(3000);
      expect(await alone).toMatchObject({ code: 0, prompt: 'hi', stderr: expect.stringContaining('standard input') });

      const slow = silentInput();
      const waiting = promptOf(['hi', '-'], slow);
      await vi.advanceTimersByTimeAsync(60_000);
      slow.end('late');
      expect(await waiting).toMatchObject({ code: 0, prompt: 'hi\n\nlate' });
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([[[]], [['']], [['  ', '--json']]])('%j that is empty is refused before a model is opened', async (words) => {
    const result = await promptOf(words);
    expect(result).toMatchObject({ code: 2, prompt: undefined, stderr: expect.stringContaining('prompt is empty') });
  });

  it.each([['--raw'], ['--json']])('cannot be left out with %s on a terminal', async (flag) => {
    const engine = fakeEngine();
    const terminal = { plugins: [engine.plugin], stdin: keyboard(), stdout: recordOutput(true) };
    const { code, stderr } = await runCommand(['run', 'tiny', flag], terminal);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`There is no PROMPT, and ${flag} `) });
    expect(engine.options).toEqual([]);
  });

  it('cannot be left out when the answer goes to a pipe', async () => {
    const result = await promptOf([], keyboard());
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining('a conversation needs a terminal') });
  });

  it.each([
    { maximum: 8, advice: 'Shorten the prompt, or raise --context-length (at most 8).\n' },
    { maximum: 4, advice: 'Shorten the prompt.\n' },
  ])('that a context of 4 out of $maximum does not hold is refused in words of the command line', async (example) => {
    const result = await runCommand(['run', 'tiny', 'one', 'two', 'three', 'four', 'five'], {
      plugins: [fakeEngine({ contextWords: 4 }).plugin],
      store: fakeStore({ contextLength: example.maximum }),
    });
    expect(result).toMatchObject({
      code: 2,
      stderr: `ferrum: The prompt has 5 tokens, but the context holds 4, the answer included. ${example.advice}`,
    });
  });

  it('for a model without a chat template needs --raw', async () => {
    const failure = new FerrumError('RequestValidation', 'Give a `prompt`.', { details: { parameter: 'messages' } });
    const result = await runCommand(['run', 'tiny', 'hi'], { plugins: [fakeEngine({ answer: [failure] }).plugin] });
    expect(result).toMatchObject({ code: 2, stderr: expect.stringMatching(/tiny has no chat template.*Add --raw/) });
  });
});

describe('--json', () => {
  const delta = v.strictObject({ type: v.literal('delta'), text: v.string() });
  const count = v.pipe(v.number(), v.safeInteger());
  const finish = v.strictObject({
    type: v.literal('finish'),
    text: v.string(),
    tokens: v.array(count),
    finishReason: v.picklist(['length', 'stop', 'eos', 'cancelled', 'error', 'content_filter']),
    usage: v.strictObject({
      promptTokens: count,
      completionTokens: count,
      totalTokens: count,
      cachedTokens: count,
    }),
    timing: v.strictObject({
      timeToFirstTokenMs: v.number(),
      decodeTokensPerSecond: v.nullable(v.number()),
      prefillTokensPerSecond: v.nullable(v.number()),
      totalMs: v.number(),
    }),
  });
  const failure = v.strictObject({ type: v.literal('error'), code: v.string(), message: v.string() });
  const line = v.variant('type', [delta, finish, failure]);
  const parse = (stdout: string) =>
    stdout
      .trimEnd()
      .split('\n')
      .map((text) => v.parse(line, JSON.parse(text)));

  it('prints a delta for each piece and then what came of it', async () => {
    const { plugin } = fakeEngine({ answer: ['one\n', '', 'two'] });
    const { code, stdout, stderr } = await runCommand(['run', 'tiny', 'hi', '--json'], { plugins: [plugin] });
    expect(code).toBe(0);
    expect(stderr).not.toContain('tokens/s');
    expect(parse(stdout)).toEqual([
      { type: 'delta', text: 'one\n' },
      { type: 'delta', text: 'two' },
      {
        type: 'finish',
        text: 'one\ntwo',
        tokens: [0, 1, 2],
        finishReason: 'eos',
        usage: { promptTokens: 3, completionTokens: 3, totalTokens: 6, cachedTokens: 1 },
        timing: { timeToFirstTokenMs: 210, decodeTokensPerSecond: 118.34, prefillTokensPerSecond: null, totalMs: 500 },
      },
    ]);
  });

  it('ends with an error line when the answer breaks off, and says the same on stderr', async () => {
    const { plugin } = fakeEngine({ answer: ['one', new FerrumError('ResourceExhausted', 'No memory is left.')] });
    const { code, stdout, stderr } = await runCommand(['run', 'tiny', 'hi', '--json'], { plugins: [plugin] });
    expect(code).toBe(1);
    expect(parse(stdout)).toEqual([
      { type: 'delta', text: 'one' },
      { type: 'error', code: 'ResourceExhausted', message: 'No memory is left.' },
    ]);
    expect(stderr).toContain('ferrum: No memory is left.\n');
  });

  it.each([
    { commandLine: ['run', 'tiny', '--json'], code: 'RequestValidation' },
    { commandLine: ['run', 'tiny', 'hi', '--json', '--top-k', '0'], code: 'InvalidParameter' },
    { commandLine: ['run', 'other', 'hi', '--json'], code: 'NotFound' },
  ])('reports $code in the same shape', async ({ commandLine, code }) => {
    const { stdout } = await runCommand(commandLine, { plugins: [fakeEngine().plugin] });
    expect(parse(stdout)).toEqual([{ type: 'error', code, message: expect.any(String) }]);
  });
});

describe('Ctrl-C', () => {
  it('ends the answer through its signal, closes the engine and exits with 130', async () => {
    const signals = new EventEmitter();
    const engine = fakeEngine({ answer: ['one'], afterPiece: () => signals.emit('SIGINT'), endless: true });
    const result = await runCommand(['run', 'tiny', 'hi'], { plugins: [engine.plugin], signals });
    expect(result).toMatchObject({ code: 130, stderr: expect.stringContaining('interrupted') });
    expect(engine.open).toBe(0);
    expect(signals.eventNames()).toEqual([]);
  });

  it('on a terminal leaves the next line free', async () => {
    const signals = new EventEmitter();
    const { plugin } = fakeEngine({ answer: ['one'], afterPiece: () => signals.emit('SIGINT'), endless: true });
    const result = await runCommand(['run', 'tiny', 'hi'], { plugins: [plugin], signals, stdout: recordOutput(true) });
    expect(result).toMatchObject({ code: 130, stdout: 'one\n' });
  });

  it('a second time exits at once; SIGTERM exits with 143', async () => {
    const signals = new EventEmitter();
    const exit = vi.fn();
    const { plugin } = fakeEngine({
      answer: ['one', 'two'],
      afterPiece: (index) => index === 0 && [signals.emit('SIGTERM'), signals.emit('SIGINT')],
    });
    expect((await runCommand(['run', 'tiny', 'hi'], { plugins: [plugin], signals, exit })).code).toBe(143);
    expect(exit).toHaveBeenCalledExactlyOnceWith(130);
  });

  it('is what a closed terminal is too, with 129, however often the signal comes', async () => {
    const signals = new EventEmitter();
    const exit = vi.fn();
    const engine = fakeEngine({
      answer: ['one'],
      afterPiece: () => [signals.emit('SIGHUP'), signals.emit('SIGHUP')],
      endless: true,
    });
    const result = await runCommand(['run', 'tiny', 'hi'], { plugins: [engine.plugin], signals, exit });
    expect(result).toMatchObject({ code: 129, stderr: expect.stringContaining('the terminal was closed') });
    expect(exit).not.toHaveBeenCalled();
    expect(engine.open).toBe(0);
  });

  it('while the prompt is read exits with 130', async () => {
    const signals = new EventEmitter();
    const result = runCommand(['run', 'tiny'], { signals, stdin: silentInput() });
    setImmediate(() => signals.emit('SIGINT'));
    expect((await result).code).toBe(130);
  });
});

describe('failures', () => {
  it('a reader that goes away ends the answer quietly and closes the engine', async () => {
    const engine = fakeEngine({ answer: ['one\n', 'two\n', 'three\n', 'four\n'] });
    const stdout = closingOutput(1);
    const result = await runCommand(['run', 'tiny', 'hi'], { plugins: [engine.plugin], stdout });
    expect(result).toMatchObject({ code: 0, stdout: 'one\n' });
    expect(result.stderr).not.toContain('ferrum:');
    expect(engine.open).toBe(0);
  });

  it.each([
    [['run', 'tiny', 'hi']],
    [['run', 'tiny', 'hi', '--json']],
    [['list', '--available', '--json']],
    [['--help']],
    [['--version']],
  ])('%j onto a full disk says so', async (commandLine) => {
    const engine = fakeEngine({ answer: ['one', 'two'] });
    const store = { ...fakeStore(), catalogue: [catalogueEntry] };
    const result = await runCommand(commandLine, { plugins: [engine.plugin], store, stdout: fullOutput() });
    expect(result).toMatchObject({
      code: 1,
      stderr: 'ferrum: Standard output cannot be written: the disk is full.\n',
    });
    expect(engine.open).toBe(0);
  });

  it('an unknown model is exit code 3, with the name that was meant', async () => {
    const result = await runCommand(['run', 'tini', 'hi'], { plugins: [fakeEngine().plugin] });
    expect(result).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('Did you mean tiny?') });
    expect(result.stderr).not.toContain('    at ');
  });

  it('a model that an engine says is its own, and then does not open, ends with the reason of each engine', async () => {
    const { plugin } = fakeEngine();
    const broken = definePlugin({
      specificationVersion: '1',
      name: 'broken',
      version: '1.0.0',
      register: (registry) =>
        plugin.register({
          ...registry,
          register: (descriptor) => {
            const match = () => {
              throw new Error('no');
            };
            registry.register({ ...descriptor, id: 'broken/engine', models: ['reverse'], match });
          },
        }),
    });
    const result = await runCommand(['run', 'reverse', 'hi'], { plugins: [broken, plugin] });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('can serve model reverse:');
    expect(result.stderr).toContain('- broken/engine (plugin broken): match() failed: no\n');
    expect(result.stderr).toContain('There is no model reverse');
  });

  it('--verbose and FERRUM_DEBUG=1 show where an error comes from', async () => {
    const plugins = [fakeEngine().plugin];
    const flag = await runCommand(['--verbose', 'run', 'tini', 'hi'], { plugins });
    expect(flag.stderr).toContain('    at ');
    const variable = await runCommand(['run', 'tini', 'hi'], { plugins, variables: { FERRUM_DEBUG: '1' } });
    expect(variable.stderr).toContain('    at ');
  });

  it('an error that nobody meant to throw asks for a report', async () => {
    const { plugin } = fakeEngine({ answer: [new TypeError('x is not a function')] });
    const result = await runCommand(['run', 'tiny', 'hi'], { plugins: [plugin] });
    expect(result).toMatchObject({ code: 1, stderr: expect.stringMatching(/x is not a function[\s\S]*please report/) });
  });

  it('an embedding model names the command for it', async () => {
    const inspect = async (reference: string) => ({ reference, capabilities: ['embedding', 'reranking'] as const });
    const result = await runCommand(['run', 'tiny', 'hi'], { store: { ...fakeStore(), inspect } });
    expect(result).toMatchObject({
      code: 1,
      stderr: 'ferrum: tiny is a model for embedding, reranking. Use "ferrum embed tiny" or "ferrum rerank tiny".\n',
    });
  });
});

const catalogueEntry: FerrumModelStore['catalogue'][number] = {
  name: 'tiny',
  title: 'Tiny',
  capability: 'text-generation',
  architecture: 'llama',
  format: 'gguf',
  license: 'MIT',
  sources: [],
};
