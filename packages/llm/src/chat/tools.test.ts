import { createHost } from '@ferrum/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// The built package: importing a model and masking run in worker threads, which need JavaScript.
import { plugin } from '../../dist/index.js';

const tools = [
  {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', maxLength: 20 }, days: { type: 'integer' } },
      required: ['city', 'days'],
      additionalProperties: false,
    },
  },
  { name: 'now', description: 'The time' },
];
const messages = [{ role: 'user', content: 'What is the weather in Oslo for 3 days?' }] as const;

describe.each(['@ferrum/llm/continuous', '@ferrum/llm/default'])('tools with SmolLM2 in %s', (engineId) => {
  const host = createHost({ plugins: [plugin] });
  let engine: Awaited<ReturnType<typeof host.resolve<'text-generation'>>>;
  beforeAll(async () => {
    const options = { threads: 2, contextLength: 1024 };
    engine = await host.resolve('text-generation', { model: 'smollm2:135m', prefer: [engineId], options });
  }, 600_000);
  afterAll(() => host.dispose());

  it('a forced call follows its schema, whole and streamed', async () => {
    const request = {
      messages,
      tools,
      toolChoice: { name: 'get_weather' },
      sampling: { temperature: 0, maxTokens: 100 },
    } as const;
    const { text, toolCalls = [], finishReason } = await engine.infer(request);
    expect([text, finishReason, toolCalls.length]).toEqual(['', 'tool_calls', 1]);
    expect(JSON.parse(toolCalls[0]!.arguments)).toEqual({ city: expect.any(String), days: expect.any(Number) });
    let pieces = '';
    for await (const chunk of engine.inferStream(request)) {
      for (const delta of chunk.toolCalls ?? []) pieces += delta.arguments;
    }
    expect(pieces).toBe(toolCalls[0]!.arguments);
  });

  it('a required call is one of the tools', async () => {
    const sampling = { temperature: 1, seed: 3, maxTokens: 100 };
    const request = { messages, tools, toolChoice: 'required', parallelToolCalls: false, sampling } as const;
    const { toolCalls = [], finishReason } = await engine.infer(request);
    expect(finishReason).toBe('tool_calls');
    expect(tools.map(({ name }) => name)).toContain(toolCalls[0]?.name);
    expect(() => JSON.parse(toolCalls[0]!.arguments)).not.toThrow();
  });

  it('a call that maxTokens cuts off says so and keeps what there is', async () => {
    const sampling = { temperature: 0, maxTokens: 22 };
    const { toolCalls = [], finishReason } = await engine.infer({
      messages,
      tools,
      toolChoice: { name: 'get_weather' },
      sampling,
    });
    expect(finishReason).toBe('length');
    expect(toolCalls[0]?.name).toBe('get_weather');
    expect(() => JSON.parse(toolCalls[0]!.arguments)).toThrow();
  });

  it('refuses to go on past the end of forced calls', async () => {
    const request = { messages, tools, toolChoice: 'required', sampling: { ignoreEos: true } } as const;
    await expect(engine.infer(request)).rejects.toMatchObject({
      code: 'RequestValidation',
      details: { parameter: 'sampling.ignoreEos' },
    });
  });
});
