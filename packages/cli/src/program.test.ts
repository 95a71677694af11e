import { describe, expect, it } from 'vitest';
import { fakeEngine } from './testing/fake-engine.js';
import { runCommand } from './testing/run-command.js';

describe('help', () => {
  it('lists every command, where models come from, the environment and the exit codes', async () => {
    const { code, stdout, stderr } = await runCommand(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const text of [
      'run',
      'embed',
      'rerank',
      'transcribe',
      'speak',
      'voices',
      'serve',
      'pull',
      'list|ls',
      'show',
      'rm',
      'doctor',
      'bench',
      'plugins',
      'hf:',
      'pypi:',
      'FERRUM_HOME',
      'HF_TOKEN',
      '130',
    ]) {
      expect(stdout).toContain(text);
    }
    expect(stdout).not.toContain('\u001b');
  });

  it.each(
    'run,embed,rerank,transcribe,speak,voices,serve,pull,list,show,rm,doctor,bench,bench llm,bench embed,bench transcribe,bench speak,bench serve,plugins,plugins list,plugins add,plugins remove,plugins search,plugins explain'.split(
      ',',
    ),
  )('of %s explains it', async (name) => {
    const { code, stdout } = await runCommand([...name.split(' '), '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: ferrum ${name}`);
  });

  it.each([[[]], [['bench']], [['plugins']]])(
    'is shown on stderr, as an error, when nothing is asked: %j',
    async (commandLine) => {
      const { code, stdout, stderr } = await runCommand(commandLine);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(['Usage: ferrum', ...commandLine].join(' '));
    },
  );
});

describe('wrong usage', () => {
  it.each([
    { commandLine: ['rnu', 'tiny'], message: /unknown command 'rnu'[\s\S]*Did you mean run\?/ },
    {
      commandLine: ['run', 'tiny', 'hi', '--temprature', '1'],
      message: /unknown option[\s\S]*Did you mean --temperature\?/,
    },
    { commandLine: ['run'], message: /missing required argument 'model'/ },
    { commandLine: ['rm'], message: /missing required argument 'model'/ },
    { commandLine: ['run', 'tiny', 'hi', '--temperature', '-1'], message: /It must be a number, at least 0\./ },
    { commandLine: ['run', 'tiny', 'hi', '--temperature', 'warm'], message: /It must be a number, at least 0\./ },
    { commandLine: ['run', 'tiny', 'hi', '--temperature', 'NaN'], message: /It must be a number, at least 0\./ },
    { commandLine: ['run', 'tiny', 'hi', '--temperature', '1e999'], message: /It must be a number, at least 0\./ },
    { commandLine: ['run', 'tiny', 'hi', '--top-p', '0'], message: /It must be a number, above 0 and at most 1\./ },
    { commandLine: ['run', 'tiny', 'hi', '--top-p', '1.1'], message: /It must be a number, above 0 and at most 1\./ },
    { commandLine: ['run', 'tiny', 'hi', '--top-k', '0'], message: /It must be a whole number, at least 1\./ },
    { commandLine: ['run', 'tiny', 'hi', '--max-tokens', '2.5'], message: /It must be a whole number, at least 1\./ },
    { commandLine: ['run', 'tiny', 'hi', '--seed', '-1'], message: /It must be a whole number, at least 0\./ },
    { commandLine: ['run', 'tiny', 'hi', '--seed', '9007199254740992'], message: /It must be a whole number/ },
    { commandLine: ['run', 'tiny', 'hi', '--threads', ''], message: /It must be a whole number, at least 1\./ },
    {
      commandLine: ['run', 'tiny', 'hi', '--quantization', 'int3'],
      message: /Allowed choices are exact, int8, int4, float32\./,
    },
    { commandLine: ['bench', 'lm', 'tiny'], message: /unknown command 'lm'[\s\S]*Did you mean llm\?/ },
    { commandLine: ['bench', 'llm'], message: /missing required argument 'model'/ },
    { commandLine: ['bench', 'llm', 'tiny', '--concurrency', '1,0'], message: /whole numbers, at least 1, separated/ },
    { commandLine: ['bench', 'llm', 'tiny', '--repeats', '0'], message: /It must be a whole number, at least 1\./ },
    {
      commandLine: ['bench', 'llm', 'tiny', '--prompt-tokens', '0'],
      message: /It must be a whole number, at least 1\./,
    },
    { commandLine: ['bench', 'llm', 'tiny', '--max-tokens', '-1'], message: /It must be a whole number, at least 1\./ },
    { commandLine: ['bench', 'llm', 'tiny', '--temperature', '1'], message: /unknown option '--temperature'/ },
    {
      commandLine: ['bench', 'embed', 'tiny', '--case', 'all'],
      message: /Allowed choices are single, batch32, .*64\./,
    },
    { commandLine: ['embed'], message: /missing required argument 'model'/ },
    { commandLine: ['embed', 'tiny', 'a', '--format', 'xml'], message: /Allowed choices are json, jsonl, csv, npy\./ },
    { commandLine: ['embed', 'tiny', 'a', '--dimensions', '0'], message: /It must be a whole number, at least 1\./ },
    { commandLine: ['embed', 'tiny', 'a', '--truncate', 'start'], message: /Allowed choices are error, end\./ },
    { commandLine: ['embed', 'tiny', 'a', '--encoding', 'int4'], message: /Allowed choices are float, int8, binary\./ },
    { commandLine: ['embed', 'tiny', 'a', '--quantization', 'int4'], message: /Allowed choices are float32, int8\./ },
    { commandLine: ['embed', 'tiny', 'a', '--context-length', '8'], message: /unknown option '--context-length'/ },
    { commandLine: ['embed', 'tiny', '--image', ''], message: /It must have at least one character\./ },
    { commandLine: ['rerank', 'tiny'], message: /missing required argument 'query'/ },
    { commandLine: ['rerank', 'tiny', 'q', 'd', '--top-n', '0'], message: /It must be a whole number, at least 1\./ },
    { commandLine: ['transcribe'], message: /missing required argument 'file'/ },
    { commandLine: ['transcribe', 'a', '--task', 'sing'], message: /Allowed choices are transcribe, translate\./ },
    { commandLine: ['transcribe', 'a', '--format', 'srt,doc'], message: /Allowed choices are text, json, .*, all\./ },
    { commandLine: ['transcribe', 'a', '--beam-size', '65'], message: /a whole number, at least 1 and at most 64\./ },
    {
      commandLine: ['transcribe', 'a', '--temperature', '0,warm'],
      message: /numbers, at least 0 and at most 10, separ/,
    },
    {
      commandLine: ['transcribe', 'a', '--no-speech-threshold', '2'],
      message: /It must be a number, at least 0 and at most 1, or "none"\./,
    },
    { commandLine: ['transcribe', 'a', '--suppress-tokens', '-2'], message: /whole numbers, at least -1, separated/ },
    { commandLine: ['transcribe', 'a', '--clip', '30'], message: /It must be parts such as 0-30/ },
    { commandLine: ['transcribe', 'a', '--language', ''], message: /It must have at least one character\./ },
    { commandLine: ['transcribe', 'a', '--output-dir', ''], message: /It must have at least one character\./ },
    { commandLine: ['transcribe', 'a', '--prefix', 'x', '--hotwords', 'y'], message: /cannot be used with option/ },
    {
      commandLine: ['transcribe', 'a', '--max-line-width', '9', '--max-words-per-line', '2'],
      message: /cannot be used with option/,
    },
    { commandLine: ['transcribe', 'a', '--quantization', 'int4'], message: /Allowed choices are float32, int8\./ },
    { commandLine: ['bench', 'transcribe'], message: /missing required argument 'file'/ },
    {
      commandLine: ['bench', 'transcribe', 'a', '--case', 'all'],
      message: /Allowed choices are greedy, beam5, .*ent\./,
    },
    { commandLine: ['run', 'tiny', 'hi', '--stop', ''], message: /It must have at least one character\./ },
    { commandLine: ['run', 'tiny', 'hi', '--raw', '--system', 'x'], message: /--raw sends the prompt alone/ },
  ])('$commandLine is refused with exit code 2', async ({ commandLine, message }) => {
    const engine = fakeEngine();
    const { code, stdout, stderr } = await runCommand(commandLine, { plugins: [engine.plugin] });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^ferrum: /);
    expect(engine.options).toEqual([]);
  });

  it('accepts the ends of every range', async () => {
    const engine = fakeEngine({ answer: ['a'] });
    const flags = '--temperature 0 --top-p 1 --top-k 1 --seed 0 --max-tokens 1 --threads 1 --context-length 1';
    const { code } = await runCommand(['run', 'tiny', 'hi', ...flags.split(' ')], { plugins: [engine.plugin] });
    expect(code).toBe(0);
    expect(engine.requests[0]?.sampling).toEqual({ temperature: 0, topP: 1, topK: 1, seed: 0, maxTokens: 1 });
  });

  it('takes everything after -- as the prompt', async () => {
    const engine = fakeEngine({ answer: ['a'] });
    await runCommand(['run', 'tiny', '--', '--json', 'is', 'a', 'flag'], { plugins: [engine.plugin] });
    expect(engine.requests[0]?.messages?.[0]?.content).toBe('--json is a flag');
  });
});
