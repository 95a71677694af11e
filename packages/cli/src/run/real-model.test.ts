import { describe, expect, it } from 'vitest';
import { processEnvironment } from '../process-environment.js';
import { runCommandLine } from '../run-command-line.js';
import { jsonLines } from '../testing/json-lines.js';
import { pipedInput, recordOutput } from '../testing/streams.js';

async function run(...commandLine: readonly string[]) {
  const stdout = recordOutput();
  const stderr = recordOutput();
  const environment = { ...processEnvironment(), stdin: pipedInput(''), stdout, stderr, exit: () => {} };
  const code = await runCommandLine(commandLine, environment);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

const ask = (prompt: string, ...flags: readonly string[]) =>
  run('run', 'smollm2:135m', prompt, '--temperature', '0', '--threads', '2', ...flags);

describe('smollm2:135m in the command', { timeout: 300_000 }, () => {
  it('answers in the format that is asked for', async (test) => {
    const { code: pulled } = await run('pull', 'smollm2:135m');
    test.skip(pulled === 4, 'the model cannot be downloaded');
    const properties = { city: { type: 'string', maxLength: 20 }, coast: { type: 'boolean' } };
    const schema = { type: 'object', properties, required: ['city', 'coast'], additionalProperties: false };
    const object = await ask('Describe Paris.', '--schema', JSON.stringify(schema), '--max-tokens', '60');
    expect(object).toMatchObject({ code: 0 });
    expect(JSON.parse(object.stdout)).toEqual({ city: expect.any(String), coast: expect.any(Boolean) });
    expect((await ask('Is water wet?', '--choice', 'oui', '--choice', 'non')).stdout).toMatch(/^(oui|non)\n$/);
    expect((await ask('When?', '--regex', '\\d{4}-\\d{2}')).stdout).toMatch(/^\d{4}-\d{2}\n$/);
    const refused = await ask('When?', '--grammar', 'root ::= nothing');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/--grammar: uses the rule "nothing"/) });
  });

  it('calls the tool that it has to', async (test) => {
    const { code: pulled } = await run('pull', 'smollm2:135m');
    test.skip(pulled === 4, 'the model cannot be downloaded');
    const parameters = {
      ...{ type: 'object', properties: { city: { enum: ['Paris', 'Rome'] } }, required: ['city'] },
      additionalProperties: false,
    };
    const tools = JSON.stringify([{ type: 'function', function: { name: 'get_time', parameters } }]);
    const flags = ['--tools', tools, '--tool-choice', 'get_time', '--max-tokens', '60', '--json'];
    const { code, stdout } = await ask('What time is it in Paris?', ...flags);
    expect(code).toBe(0);
    const { toolCalls } = jsonLines(stdout).at(-1);
    expect(toolCalls[0].name).toBe('get_time');
    expect(JSON.parse(toolCalls[0].arguments)).toEqual({ city: expect.stringMatching(/^(Paris|Rome)$/) });
  });

  it('says that it cannot think', async (test) => {
    const { code: pulled } = await run('pull', 'smollm2:135m');
    test.skip(pulled === 4, 'the model cannot be downloaded');
    expect(await ask('Hi', '--think')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no way to turn thinking on. Leave out --think'),
    });
    expect(await ask('Hi', '--no-think', '--max-tokens', '2')).toMatchObject({ code: 0 });
  });
});
