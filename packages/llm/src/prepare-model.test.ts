import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createModelStore } from '@ferrum/models';
import { describe, expect, it } from 'vitest';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { prepareModel } from '../dist/prepare-model.js';
import { loadGroupedFixture } from './fixtures/load-fixture.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();
const tokenizer = fileURLToPath(new URL('fixtures/llama-gqa/tokenizer.json', import.meta.url));

async function importOf(reference: string): Promise<string> {
  const models = createModelStore({ home: path.join(folder, 'home') });
  const resolve = () => Promise.reject(new Error('nothing else is needed'));
  return (await prepareModel({ model: { reference }, models, options: {}, resolve }, {})).directory;
}

describe('prepareModel', () => {
  it.each([
    ['gptq-8bit', 'quantize_config.json', 'gptq_v2', 'gptq'],
    ['gptq', 'config.json', '"gptq",\n    "lm_head"', '"gptq_v2",\n    "lm_head"'],
  ] as const)(
    'imports %s anew when its %s says something else about the same weights',
    async (name, file, from, to) => {
      const model = path.join(folder, name);
      cpSync(loadGroupedFixture(name).location, model, { recursive: true });
      cpSync(tokenizer, path.join(model, 'tokenizer.json'));
      const first = await importOf(model);
      expect(await importOf(model)).toBe(first);
      const config = readFileSync(path.join(model, file), 'utf8');
      expect(config).toContain(from);
      writeFileSync(path.join(model, file), config.replace(from, to));
      expect(await importOf(model)).not.toBe(first);
    },
  );
});
