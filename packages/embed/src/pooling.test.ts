import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { loadPoolingFixtures, loadTextFixture } from './fixtures/load-fixture.js';
import { largestDifference } from './testing/differences.js';
import { opener } from './testing/open-fixture.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();
const open = opener(folder);
const { location } = loadTextFixture('bert');

it.each(loadPoolingFixtures())(
  'pools by $name as sentence-transformers does',
  async ({ name, config, prompt, texts }) => {
    const model = path.join(folder, `model ${name}`);
    cpSync(location, model, { recursive: true });
    mkdirSync(path.join(model, '1_Pooling'), { recursive: true });
    writeFileSync(path.join(model, '1_Pooling', 'config.json'), JSON.stringify(config));
    const modules = ['Transformer', 'Pooling'].map((kind, idx) => ({
      idx,
      name: String(idx),
      path: kind === 'Pooling' ? '1_Pooling' : '',
      type: `sentence_transformers.models.${kind}`,
    }));
    writeFileSync(path.join(model, 'modules.json'), JSON.stringify(modules));
    await using engine = await open.embed(model, { prompts: { given: prompt } });
    const { embeddings } = await engine.embedTexts(
      texts.map(({ text }) => text),
      { promptName: 'given' },
    );
    for (const [i, { embedding }] of texts.entries()) {
      expect(largestDifference(embeddings[i] as Float32Array, embedding)).toBeLessThan(1e-5);
    }
  },
);
