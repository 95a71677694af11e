import { writeFileSync } from 'node:fs';
import { it } from 'vitest';
import { DecodingLoop } from '../engine/decoding-loop.js';
import { runSearch } from '../testing/expected-search.js';
import { openRunner } from '../testing/open-runner.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { copyTinyModel, expectedOf, melOf } from '../testing/tiny-models.js';

const folder = temporaryFolder();
it('dump', async () => {
  const out = [];
  for (const model of ['huggingface', 'ctranslate2'] as const) {
    const { melBins, searches } = expectedOf(model);
    const open = await openRunner(copyTinyModel(model, folder), folder);
    const loop = new DecodingLoop(open.runner);
    for (const [i, e] of searches.entries()) {
      const window = await loop.encode(melOf(e.melSeed, melBins), undefined, 'Hearing');
      const found = await runSearch(open, loop, window, e);
      loop.release(window);
      out.push({ model, i, e, found });
    }
  }
  writeFileSync('/tmp/dump.json', JSON.stringify(out));
});
