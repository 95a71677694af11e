import { plugin } from '@ferrum/plugin-espeak';
import { createHost } from '@ferrum/registry';
import { expect, it } from 'vitest';

it('serves the model espeak-ng, without a store of models', async () => {
  await using host = createHost({ plugins: [plugin] });
  const phonemizer = await host.resolve('phonemization', { model: 'espeak-ng' });
  expect(await phonemizer.phonemize('Hello, world.', 'en-US')).toEqual(['həlˈoʊ,', 'wˈɜːld.']);
  expect(host.openEngines()).toMatchObject([{ descriptorId: '@ferrum/plugin-espeak/default', model: 'espeak-ng' }]);
});

it('is not chosen for other models, and says so', async () => {
  await using host = createHost({ plugins: [plugin] });
  await expect(host.resolve('phonemization', { model: './somewhere' })).rejects.toThrow();
});

it('refuses options, as it has none', async () => {
  await using host = createHost({ plugins: [plugin] });
  await expect(host.resolve('phonemization', { model: 'espeak-ng', options: { voice: 'en' } })).rejects.toMatchObject({
    code: 'InvalidParameter',
    message: expect.stringContaining('voice'),
  });
});
