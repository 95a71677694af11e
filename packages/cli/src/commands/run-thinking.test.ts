import { FerrumError } from '@ferrum/registry';
import { describe, expect, it } from 'vitest';
import { type FakeEngineOptions, fakeEngine } from '../testing/fake-engine.js';
import { jsonLines } from '../testing/json-lines.js';
import { type CommandOptions, runCommand } from '../testing/run-command.js';
import { recordOutput } from '../testing/streams.js';

const thoughtful = [{ reasoning: 'Light' }, { reasoning: ' scatters.' }, 'Because', ' of light.'];

async function run(
  flags: readonly string[],
  answer: FakeEngineOptions['answer'] = ['a'],
  options: CommandOptions = {},
) {
  const engine = fakeEngine({ answer });
  const result = await runCommand(['run', 'tiny', 'hi', ...flags], { plugins: [engine.plugin], ...options });
  return { ...result, request: engine.requests[0], opened: engine.options.length };
}

describe('thinking', () => {
  it.each([
    [['--think'], { enabled: true }],
    [['--no-think'], { enabled: false }],
    [['--no-think', '--thinking-budget', '0'], { enabled: false, maxTokens: 0 }],
    [['--reasoning-effort', 'low', '--think'], { enabled: true, effort: 'low' }],
    [['--thinking-budget', '200'], { maxTokens: 200 }],
    [['--hide-thinking'], undefined],
  ])('%j is asked of the engine', async (flags, reasoning) => {
    const { code, request } = await run(flags);
    expect({ code, reasoning: request?.reasoning }).toEqual({ code: 0, reasoning });
  });

  it.each([
    [['--think', '--reasoning-effort', 'none'], '--think contradicts --reasoning-effort none.'],
    [['--no-think', '--reasoning-effort', 'high'], '--no-think contradicts --reasoning-effort high.'],
    [['--raw', '--think'], '--raw sends the prompt alone, so --think has no place in it.'],
    [['--raw', '--no-think'], '--raw sends the prompt alone, so --no-think has no place in it.'],
    [['--raw', '--thinking-budget', '3'], '--raw sends the prompt alone, so --thinking-budget has no place in it.'],
    [['--thinking-budget', '-1'], 'It must be a whole number, at least 0.'],
    [['--reasoning-effort', 'huge'], 'Allowed choices are none, minimal'],
  ])('%j is refused before a model is opened', async (flags, message) => {
    expect(await run(flags)).toMatchObject({ code: 2, opened: 0, stderr: expect.stringContaining(message) });
  });

  it.each([
    ['on', 'Leave out --think'],
    ['off', 'Give --thinking-budget 0 instead'],
  ])('that a model cannot turn %s is said in words of the command line', async (wish, advice) => {
    const failure = new FerrumError('Unsupported', `\`reasoning\`: no way to turn thinking ${wish}; leave it out.`, {
      details: { parameter: 'reasoning' },
    });
    expect(await run(['--think'], [failure])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`no way to turn thinking ${wish}. ${advice}`),
    });
  });

  it('is shown on stderr, on a terminal or with --verbose, and never on stdout', async () => {
    const shown = '[thinking]\nLight scatters.\n[end of thinking]\n';
    const variables = { NO_COLOR: '1' };
    const piped = await run([], thoughtful);
    expect(piped).toMatchObject({ stdout: 'Because of light.\n', stderr: expect.not.stringContaining('Light') });
    const verbose = await run(['--verbose'], thoughtful);
    expect(verbose).toMatchObject({ stdout: 'Because of light.\n', stderr: expect.stringContaining(shown) });
    const terminal = await run([], thoughtful, { variables, stderr: recordOutput(true) });
    expect(terminal.stderr).toContain(shown);
    const hidden = await run(['--hide-thinking'], thoughtful, { variables, stderr: recordOutput(true) });
    expect(hidden.stderr).not.toContain('Light');
  });

  it('is dim on a terminal, and cannot command it', async () => {
    const { stderr } = await run([], [{ reasoning: 'a\u001b]0;owned\u0007b' }, 'c'], { stderr: recordOutput(true) });
    expect(stderr).toContain('\u001b[2m[thinking]\na]0;ownedb\u001b[22m');
  });

  it('ends its line before an error', async () => {
    const failure = new FerrumError('ResourceExhausted', 'No memory is left.');
    const { stderr } = await run(['--verbose'], [{ reasoning: 'Hm' }, failure]);
    expect(stderr).toMatch(/Hm\n\[end of thinking\]\nferrum: /);
  });

  it('has lines of its own with --json, unless it is hidden', async () => {
    const told = jsonLines((await run(['--json'], thoughtful)).stdout);
    expect(told).toEqual([
      { type: 'reasoning', text: 'Light' },
      { type: 'reasoning', text: ' scatters.' },
      { type: 'delta', text: 'Because' },
      { type: 'delta', text: ' of light.' },
      expect.objectContaining({ type: 'finish', text: 'Because of light.', reasoning: 'Light scatters.' }),
    ]);
    const hidden = jsonLines((await run(['--json', '--hide-thinking'], thoughtful)).stdout);
    expect(hidden).toHaveLength(3);
    expect(hidden.at(-1)).not.toHaveProperty('reasoning');
  });
});

describe('tools', () => {
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const tools = JSON.stringify([{ type: 'function', function: { name: 'get_time', parameters } }]);
  const calls = [
    { toolCalls: [{ index: 0, id: 'call_1', name: 'get_time', arguments: '{"ci' }] },
    { toolCalls: [{ index: 0, arguments: 'ty":"Paris"}' }] },
    { toolCalls: [{ index: 1, id: 'call_2', name: 'get_time', arguments: '{}' }] },
  ];

  it.each([
    [[], undefined],
    [['--tool-choice', 'required'], 'required'],
    [['--tool-choice', 'get_time'], { name: 'get_time' }],
  ])('with %j go to the engine', async (flags, toolChoice) => {
    const { request } = await run(['--tools', tools, ...flags]);
    expect(request?.tools).toEqual([{ name: 'get_time', parameters }]);
    expect(request?.toolChoice).toEqual(toolChoice);
  });

  it('are called on lines below the text', async () => {
    const { stdout } = await run(['--tools', tools], ['Let me see.', ...calls]);
    expect(stdout).toBe('Let me see.\nget_time({"city":"Paris"})\nget_time({})\n');
  });

  it('are called in the last line with --json', async () => {
    const lines = jsonLines((await run(['--tools', tools, '--json'], calls)).stdout);
    expect(lines).toEqual([
      expect.objectContaining({
        type: 'finish',
        text: '',
        toolCalls: [
          { id: 'call_1', name: 'get_time', arguments: '{"city":"Paris"}' },
          { id: 'call_2', name: 'get_time', arguments: '{}' },
        ],
      }),
    ]);
  });

  it.each([
    [['--tool-choice', 'auto'], '--tool-choice goes with --tools.'],
    [['--tools', '{}'], '--tools: it must be a list of tools.'],
    [['--tools', '[]'], '--tools: it must be a list of tools.'],
    [['--tools', '[{"name":"f"}]'], '--tools: [0] is no function.'],
    [['--tools', 'none.json'], '--tools none.json: there is no such file.'],
    [['--tools', tools, '--raw'], '--raw sends the prompt alone, so --tools has no place in it.'],
  ])('%j are refused before a model is opened', async (flags, message) => {
    expect(await run(flags)).toMatchObject({ code: 2, opened: 0, stderr: expect.stringContaining(message) });
  });

  it('that the engine refuses are named as the flag', async () => {
    const failure = new FerrumError('RequestValidation', 'Invalid request: `tools.0.name`: must be a name.', {
      details: { parameter: 'tools.0.name' },
    });
    expect((await run(['--tools', tools], [failure])).stderr).toBe(
      'ferrum: --tools [0].function.name: must be a name.\n',
    );
  });
});
