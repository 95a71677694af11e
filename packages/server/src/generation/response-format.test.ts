import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import { post } from '../testing/test-server.js';
import { anyJsonOf, textModel, textServer } from '../testing/text-server.js';

const model = textModel;
const schema = { type: 'object', properties: { a: { type: 'integer' } } };
const bodies = {
  '/v1/chat/completions': { model, messages: [{ role: 'user', content: 'x' }] },
  '/v1/completions': { model, prompt: 'x' },
};

describe.each(Object.entries(bodies))('the format of an answer of %s', (path, body) => {
  it.each([
    [{ response_format: { type: 'text' } }, undefined],
    [{ response_format: { type: 'json_object' } }, { type: 'json_object' }],
    [{ response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }, { type: 'json_schema', schema }],
    [{ response_format: { type: 'json_schema', json_schema: { name: 'x' } } }, { type: 'json_object' }],
    [{ structured_outputs: { json: schema } }, { type: 'json_schema', schema }],
    [{ structured_outputs: { regex: 'a+' } }, { type: 'regex', pattern: 'a+' }],
    [{ structured_outputs: { choice: ['a', 'b'] } }, { type: 'choice', choices: ['a', 'b'] }],
    [{ structured_outputs: { grammar: 'root ::= "a"' } }, { type: 'grammar', grammar: 'root ::= "a"' }],
    [{ guided_json: JSON.stringify(schema) }, { type: 'json_schema', schema }],
    [{ guided_regex: 'a+' }, { type: 'regex', pattern: 'a+' }],
    [{ guided_choice: ['a'] }, { type: 'choice', choices: ['a'] }],
    [{ guided_grammar: 'root ::= "a"' }, { type: 'grammar', grammar: 'root ::= "a"' }],
  ])('%j reaches the engine', async (fields, format) => {
    await using server = await textServer();
    expect((await post(server.url, path, { ...body, ...fields })).status).toBe(200);
    expect(server.fake.requests[0]?.sampling?.responseFormat).toEqual(format);
  });

  it.each([
    [{ response_format: { type: 'json_object' }, guided_regex: 'a' }, 'guided_regex'],
    [{ structured_outputs: {} }, 'structured_outputs'],
    [{ structured_outputs: { json: {}, regex: 'a' } }, 'structured_outputs.regex'],
    [{ guided_json: '{' }, 'guided_json'],
    [{ guided_json: '[]' }, 'guided_json'],
    [{ guided_choice: [] }, 'guided_choice'],
    [{ structured_outputs: { json: { enum: Array.from({ length: 20_000 }, () => 1) } } }, 'structured_outputs.json'],
    [{ guided_json: `${'{"not":'.repeat(9000)}{}${'}'.repeat(9000)}` }, 'guided_json'],
  ])('is refused with %j', async (fields, param) => {
    await using server = await textServer();
    const response = await post(server.url, path, { ...body, ...fields });
    expect(response.status).toBe(400);
    expect((await anyJsonOf(response)).error).toMatchObject({ param });
  });

  it('is named as the request names it in what the engine says', async () => {
    const parameter = 'sampling.responseFormat.schema.properties.a.contains';
    const error = new FerrumError('Unsupported', `\`${parameter}\`: contains is not supported.`, {
      details: { parameter },
    });
    await using server = await textServer({ answer: () => [error] });
    const format = { type: 'json_schema', json_schema: { name: 'x', schema } };
    for (const stream of [false, true]) {
      const response = await post(server.url, path, { ...body, response_format: format, stream });
      expect(response.status).toBe(400);
      const param = 'response_format.json_schema.schema.properties.a.contains';
      expect((await anyJsonOf(response)).error).toMatchObject({
        param,
        message: `\`${param}\`: contains is not supported.`,
      });
    }
  });
});
