import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FerrumError } from '@ferrum/registry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeEngine } from '../testing/fake-engine.js';
import { runCommand } from '../testing/run-command.js';

const schema = { type: 'object', properties: { city: { type: 'string' } } };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferrum-format-'));
  await writeFile(join(folder, 'city.json'), `\uFEFF${JSON.stringify(schema)}`);
  await writeFile(join(folder, 'answer.gbnf'), 'root ::= "yes" | "no"\n');
  await writeFile(join(folder, 'empty.gbnf'), '\n');
});
afterEach(() => rm(folder, { recursive: true }));

async function run(flags: readonly string[], engine = fakeEngine({ answer: ['a'] })) {
  const result = await runCommand(['run', 'tiny', 'hi', ...flags], {
    ...{ plugins: [engine.plugin], workingDirectory: () => folder },
  });
  return { ...result, format: engine.requests[0]?.sampling?.responseFormat, opened: engine.options.length };
}

describe('the format of the answer', () => {
  it.each([
    [['--format', 'json'], { type: 'json_object' }],
    [['--schema', 'city.json'], { type: 'json_schema', schema }],
    [['--schema', ` ${JSON.stringify(schema)}`], { type: 'json_schema', schema }],
    [['--grammar', 'answer.gbnf'], { type: 'grammar', grammar: 'root ::= "yes" | "no"\n' }],
    [['--grammar', 'root ::= [0-9]+'], { type: 'grammar', grammar: 'root ::= [0-9]+' }],
    [['--regex', '\\d{4}'], { type: 'regex', pattern: '\\d{4}' }],
    [['--choice', 'yes', '--choice', 'no'], { type: 'choice', choices: ['yes', 'no'] }],
    [['--choice', 'yes', '--raw'], { type: 'choice', choices: ['yes'] }],
    [[], undefined],
  ])('%j is asked of the engine', async (flags, format) => {
    expect(await run(flags)).toMatchObject({ code: 0, format });
  });

  it.each([
    [['--format', 'xml'], 'Allowed choices are json.'],
    [['--format', 'json', '--choice', 'a'], '--format and --choice are given, but an answer has one format.'],
    [['--schema', 'none.json'], '--schema none.json: there is no such file.'],
    [['--schema', '.'], '--schema .: that is a folder.'],
    [['--schema', 'answer.gbnf'], '--schema is no JSON: '],
    [['--schema', '{"type":}'], '--schema is no JSON: '],
    [['--schema', '[1]'], '--schema: a JSON Schema is an object'],
    [['--grammar', 'none.gbnf'], '--grammar none.gbnf: there is no such file.'],
    [['--grammar', 'empty.gbnf'], '--grammar empty.gbnf: that file is empty.'],
    [['--regex', '(a'], '--regex is no regular expression: '],
    [['--choice', ''], 'It must have at least one character.'],
  ])('%j is refused before a model is opened', async (flags, message) => {
    expect(await run(flags)).toMatchObject({ code: 2, opened: 0, stderr: expect.stringContaining(message) });
  });

  it.each([
    [['--format', 'json'], 'json-object'],
    [['--schema', '{}'], 'json-schema'],
    [['--regex', 'a'], 'grammar'],
    [['--think'], 'reasoning'],
    [['--tools', '[{"type":"function","function":{"name":"f"}}]'], 'tools'],
  ])('%j needs an engine with the feature', async (flags, feature) => {
    const engine = fakeEngine({ features: ['streaming'] });
    expect(await run(flags, engine)).toMatchObject({ code: 1, opened: 0, stderr: expect.stringContaining(feature) });
  });

  it.each([
    [['--format', 'json'], true],
    [['--tools', '[{"type":"function","function":{"name":"f"}}]'], true],
    [['--format', 'json', '--json'], false],
    [[], false],
  ])(
    '%j: of an answer that was cut off a pipe is told where it must look like something (%s)',
    async (flags, isTold) => {
      const { code, stderr } = await run(flags, fakeEngine({ answer: ['{"a'], finishReason: 'length' }));
      expect([code, stderr.startsWith('ferrum: The answer was cut off:')]).toEqual([0, isTold]);
    },
  );

  it.each([
    ['schema', '--schema: uses `not`.'],
    ['grammar', '--grammar: uses `not`.'],
    ['pattern', '--regex: uses `not`.'],
    ['choices', '--choice: uses `not`.'],
  ])('an engine that refuses its %s is heard in words of the command line', async (field, message) => {
    const parameter = `sampling.responseFormat.${field}`;
    const failure = new FerrumError('RequestValidation', `Invalid request: \`${parameter}\`: uses \`not\`.`, {
      details: { parameter },
    });
    expect(await run(['--schema', '{}'], fakeEngine({ answer: [failure] }))).toMatchObject({
      code: 2,
      stderr: `ferrum: ${message}\n`,
    });
  });
});
