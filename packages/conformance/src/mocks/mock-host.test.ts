import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import { mockEmbedder } from './mock-embedder.js';
import { mockHost, mockPlugin } from './mock-host.js';
import { mockLanguageModel } from './mock-language-model.js';

describe('a host of mocks', () => {
  it('opens every model with the mock of the capability', async () => {
    const { engine, requests } = mockLanguageModel({ answer: () => ['Hello', ' there.'] });
    await using host = mockHost({ engines: { 'text-generation': engine, embedding: mockEmbedder().engine } });
    const model = await host.resolve('text-generation', { model: 'any' });
    expect((await model.infer({ prompt: 'Hi' })).text).toBe('Hello there.');
    expect(requests).toEqual([{ prompt: 'Hi' }]);
    expect((await host.resolve('embedding', { model: 'any' })).embeddingDim()).toBe(32);
    await expect(host.resolve('speech', { model: 'any' })).rejects.toMatchObject({ code: 'Unsupported' });
  });

  it('opens what a function gives for the model, and fails as it does', async () => {
    await using host = mockHost({
      engines: {
        'text-generation': (model) => {
          if (model === 'broken') throw new FerrumError('Model', 'the file is damaged');
          return mockLanguageModel({ modelId: model }).engine;
        },
      },
    });
    expect((await host.resolve('text-generation', { model: 'small' })).modelId).toBe('small');
    await expect(host.resolve('text-generation', { model: 'broken' })).rejects.toThrow(/damaged/);
  });

  it('opens only what the test lets it, and has only the features that it says', async () => {
    await using host = mockHost({
      engines: { 'text-generation': mockLanguageModel().engine },
      features: { 'text-generation': ['streaming'] },
      opens: (model) => model === 'known',
      name: 'mocks',
    });
    await host.resolve('text-generation', { model: 'known', features: ['streaming'] });
    await expect(host.resolve('text-generation', { model: 'known', features: ['seed'] })).rejects.toThrow(/seed/);
    await expect(host.resolve('text-generation', { model: 'unknown' })).rejects.toMatchObject({ code: 'Unsupported' });
    expect(host.plugins).toMatchObject([{ name: 'mocks', engines: ['mocks/text-generation'] }]);
    expect(mockPlugin({ engines: {} }).name).toBe('mock-plugin');
  });
});

describe('the mock language model', () => {
  it('says what it is told to, waits where it is told to, and fails in the middle', async () => {
    const seen: number[] = [];
    const { engine } = mockLanguageModel({
      answer: ({ prompt }) => ['You said', ` ${prompt}`, new FerrumError('Backend', 'the machine broke')],
      beforePiece: (index) => seen.push(index),
    });
    const pieces: string[] = [];
    const read = async () => {
      for await (const { text } of engine.inferStream({ prompt: 'Hi' })) pieces.push(text);
    };
    await expect(read()).rejects.toMatchObject({ code: 'Backend' });
    expect(pieces).toEqual(['You said', ' Hi']);
    expect(seen).toEqual([0, 1, 2]);
    expect(engine.metrics().errorStats.errorsByType).toEqual({ Backend: 1 });
  });

  it('thinks and calls tools as it is told to', async () => {
    const { engine } = mockLanguageModel({
      answer: () => [
        { reasoning: 'Which one?' },
        'Let me see.',
        { toolCall: { name: 'clock', arguments: '{"zone"' } },
        { toolCall: { arguments: ':"UTC"}' } },
        { toolCall: { name: 'stop', arguments: '{}' } },
      ],
    });
    expect(await engine.infer({ messages: [{ role: 'user', content: 'Hi' }] })).toMatchObject({
      text: 'Let me see.',
      reasoning: 'Which one?',
      toolCalls: [
        { id: expect.stringMatching(/^call_/), name: 'clock', arguments: '{"zone":"UTC"}' },
        { name: 'stop', arguments: '{}' },
      ],
      finishReason: 'tool_calls',
      usage: { completionTokens: 5, reasoningTokens: 1 },
    });
  });

  it('refuses more calls than it takes', async () => {
    const { engine } = mockLanguageModel({ maxRequests: 1 });
    const first = engine.infer({ prompt: 'Hi' });
    await expect(engine.infer({ prompt: 'Hi' })).rejects.toMatchObject({ code: 'ResourceExhausted' });
    await first;
  });

  it('gives the same answers in every process', async () => {
    const { text, tokens } = await mockLanguageModel().engine.infer({
      prompt: 'Count.',
      sampling: { temperature: 0, maxTokens: 3 },
    });
    expect(text).toBe(' two three four');
    // Halves of the FNV-1a hashes of the words, computed elsewhere.
    expect(tokens).toEqual([747959363, 1149109982, 500879549]);
  });
});
