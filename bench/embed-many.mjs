// Many texts, one call of 1000 after the other: whether memory stays flat, and what the queue's padding comes to. Prints one line of JSON.
//   node bench/embed-many.mjs MODEL [--texts 100000] [--threads 2] [--options '{"quantization":"int8"}']
import { parseArgs } from 'node:util';
import { embedCorpus } from '../packages/cli/dist/bench/embed-corpus.js';
import { plugin } from '../packages/embed/dist/index.js';
import { createHost } from '../packages/registry/dist/index.js';
import { median } from './statistics.mjs';
import { exitWithUsage } from './usage.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    texts: { type: 'string', default: '100000' },
    threads: { type: 'string', default: '2' },
    options: { type: 'string', default: '{}' },
  },
});
const [model] = positionals;
if (model === undefined) exitWithUsage('node bench/embed-many.mjs MODEL [--texts 100000]');
const host = createHost({ plugins: [plugin] });
const options = { threads: Number(values.threads), ...JSON.parse(values.options) };
const engine = await host.resolve('embedding', { model, options });
const { short } = embedCorpus();
const count = Number(values.texts);
const rss = [];
const from = performance.now();
for (let done = 0; done < count; done += 1000) {
  // No two texts are alike.
  const texts = Array.from({ length: 1000 }, (_, i) => `${short[i % short.length]} ${done + i}`);
  await engine.embedTexts(texts);
  rss.push(process.memoryUsage.rss());
}
const seconds = (performance.now() - from) / 1000;
const quarter = (index) =>
  median(rss.slice(Math.floor((rss.length * index) / 4), Math.floor((rss.length * (index + 1)) / 4)));
const facts = { model, options, texts: count, textsPerSecond: Number((count / seconds).toPrecision(4)) };
console.log(JSON.stringify({ ...facts, rssBytes: quarter(3), lastOverSecondQuarter: quarter(3) / quarter(1) }));
await host.dispose();
