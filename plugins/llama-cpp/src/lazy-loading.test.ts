import { createHost } from '@ferrum/registry';
import { expect, it, vi } from 'vitest';
import { plugin } from './plugin.js';
import { tinyModels } from './testing/context-of.js';

vi.mock('node-llama-cpp', () => {
  throw new Error('llama.cpp is loaded.');
});

it('loads no native library to list its engines, only to open a model', async () => {
  await using host = createHost({ plugins: [plugin] });
  for (const capability of ['text-generation', 'embedding'] as const) {
    const { candidates } = await host.explain(capability, { model: tinyModels.llama });
    expect(candidates).toMatchObject([{ id: `@ferrum/plugin-llama-cpp/${capability}`, chosen: true }]);
    await expect(host.resolve(capability, { model: tinyModels.llama })).rejects.toThrow();
  }
});
