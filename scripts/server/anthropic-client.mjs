// Anthropic's client against a server of a real model: what both have, once. Run with BASE_URL (less /v1) and API_KEY.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root } from '../run.mjs';

// The package that tests with it has it.
const require = createRequire(path.join(root, 'packages', 'server', 'package.json'));
const { default: Anthropic } = require('@anthropic-ai/sdk');
const { betaTool } = require('@anthropic-ai/sdk/helpers/beta/json-schema');

const model = 'smollm2:135m';
const { BASE_URL: baseURL, API_KEY: apiKey } = process.env;
const client = new Anthropic({ baseURL, apiKey, maxRetries: 0 });
const messages = [{ role: 'user', content: 'What is the capital of France?' }];
const asked = { model, messages, max_tokens: 32, temperature: 0 };
const inputSchema = {
  type: 'object',
  properties: { city: { enum: ['Rome', 'Paris'] } },
  required: ['city'],
  additionalProperties: false,
};
const weather = { name: 'weather', description: 'Tells the weather of a city.', input_schema: inputSchema };
const forced = { tools: [weather], tool_choice: { type: 'tool', name: 'weather' } };

const checks = {
  async create() {
    const { content, stop_reason, usage, _request_id } = await client.messages.create(asked);
    assert.match(content[0].text, /Paris/);
    assert.ok(['end_turn', 'max_tokens'].includes(stop_reason) && _request_id);
    const { input_tokens } = await client.messages.countTokens({ model, messages });
    assert.equal(usage.input_tokens + usage.cache_read_input_tokens, input_tokens);
    const again = await client.messages.create(asked);
    assert.ok(again.usage.cache_read_input_tokens > 0, JSON.stringify(again.usage));
  },
  async stop_sequence() {
    const stopped = await client.messages.create({ ...asked, stop_sequences: ['France'] });
    assert.deepEqual([stopped.stop_reason, stopped.stop_sequence], ['stop_sequence', 'France']);
    assert.ok(!stopped.content.some(({ text }) => text.includes('France')));
  },
  async stream() {
    const stream = client.messages.stream(asked);
    let text = '';
    let told;
    stream.on('text', (delta) => {
      text += delta;
    });
    stream.on('streamEvent', (event) => {
      if (event.type === 'message_start') told = event.message.usage.input_tokens;
    });
    const message = await stream.finalMessage();
    assert.equal(message.content[0].text, text);
    assert.match(text, /Paris/);
    const { input_tokens, cache_read_input_tokens, output_tokens } = message.usage;
    assert.ok(output_tokens > 0);
    assert.ok(told >= input_tokens && told <= input_tokens + cache_read_input_tokens, JSON.stringify(message.usage));
  },
  async forced_tool() {
    const { content, stop_reason } = await client.messages.create({ ...asked, ...forced });
    assert.equal(stop_reason, 'tool_use');
    assert.equal(content[0].name, 'weather');
    assert.deepEqual(Object.keys(content[0].input), ['city']);
    const streamed = await client.messages.stream({ ...asked, ...forced }).finalMessage();
    assert.deepEqual(Object.keys(streamed.content[0].input), ['city']);
  },
  async tool_runner() {
    const cities = [];
    const tool = betaTool({
      ...{ name: 'weather', description: weather.description, inputSchema },
      run: ({ city }) => {
        cities.push(city);
        return 'It is sunny.';
      },
    });
    const runner = client.beta.messages.toolRunner({
      ...{ ...asked, tools: [tool], tool_choice: { type: 'any', disable_parallel_tool_use: true }, max_iterations: 2 },
    });
    await runner.runUntilDone();
    assert.ok(cities.length >= 1 && cities.every((city) => typeof city === 'string'), JSON.stringify(cities));
  },
  async structured_output() {
    const format = { type: 'json_schema', schema: inputSchema };
    const { content } = await client.messages.create({ ...asked, output_config: { format } });
    assert.deepEqual(Object.keys(JSON.parse(content[0].text)), ['city']);
  },
  async errors() {
    const refused = (fields) => client.messages.create({ ...asked, ...fields });
    await assert.rejects(refused({ model: 'claude' }), Anthropic.NotFoundError);
    await assert.rejects(refused({ temperature: 3 }), Anthropic.BadRequestError);
    // Its chat template cannot.
    await assert.rejects(refused({ thinking: { type: 'enabled', budget_tokens: 8 } }), /`thinking`/);
    const regex = { type: 'object', properties: { a: { type: 'string', format: 'no-such' } } };
    await assert.rejects(
      refused({ tools: [{ ...weather, input_schema: regex, strict: true }], tool_choice: { type: 'any' } }),
      /`tools\[0\]\.input_schema`/,
    );
    const stranger = new Anthropic({ baseURL, apiKey: 'no-such-key', maxRetries: 0 });
    await assert.rejects(stranger.messages.create(asked), Anthropic.AuthenticationError);
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
  } catch (error) {
    console.error(`${name}: ${error.stack}`);
    process.exitCode = 1;
  }
}
