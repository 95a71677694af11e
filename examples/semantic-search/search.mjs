// Semantic search over a folder of Markdown files: see README.md.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { plugin } from '@ferrum/embed';
import { defaultModelStore, loadTokenizer } from '@ferrum/models';
import { createHost } from '@ferrum/registry';
import { findMarkdown, splitMarkdown } from './markdown.mjs';
import { openIndex } from './search-index.mjs';

const usage = `Usage:
  node search.mjs index FOLDER [--index FILE] [--model MODEL]
  node search.mjs find QUESTION [--index FILE] [--top 5] [--rerank MODEL]`;
const index = { type: 'string', default: 'search.db' };
const commands = {
  index: { run: indexFolder, options: { index, model: { type: 'string', default: 'minilm:l6' } } },
  find: { run: find, options: { index, top: { type: 'string', default: '5' }, rerank: { type: 'string' } } },
};

const host = createHost({ plugins: [plugin] });
try {
  const [name, ...args] = process.argv.slice(2);
  if (!Object.hasOwn(commands, name)) throw new Error(usage);
  const { run, options } = commands[name];
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (positionals.length !== 1 || positionals[0].trim() === '') throw new Error(usage);
  await run(positionals[0], values);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await host.dispose();
}

/** Brings the index up to date with the folder. Files of other folders stay in it as they are. */
async function indexFolder(name, { index: indexFile, model }) {
  const folder = path.resolve(name);
  const entry = await stat(folder).catch(() => undefined);
  if (!entry?.isDirectory()) throw new Error(`There is no folder ${folder}.`);
  const paths = await findMarkdown(folder);
  const index = await openIndex(indexFile);
  try {
    if (index.model !== undefined && index.model !== model) {
      throw new Error(
        `${indexFile} was made with ${index.model}, whose embeddings cannot be compared with those of ${model}. ` +
          `Pass --model ${index.model}, or another --index FILE.`,
      );
    }
    const known = await index.files();
    const isInside = (file) => !path.relative(folder, file).startsWith('..');
    const removed = [...known.keys()].filter((file) => isInside(file) && !paths.includes(file));
    if (paths.length + removed.length === 0) throw new Error(`There are no Markdown files in ${folder}.`);
    const files = [];
    for (const file of paths) {
      const markdown = await readFile(file, 'utf8');
      const hash = createHash('sha256').update(markdown).digest('hex');
      if (known.get(file) !== hash) files.push({ path: file, hash, markdown });
    }
    const changed = files.length === 0 ? [] : await embedFiles(files, model);
    await index.update({ model, removed, changed });
    const sections = changed.flatMap((file) => file.sections).length;
    console.log(
      `${paths.length} files, ${changed.length} new or changed (${sections} sections embedded), ${removed.length} removed`,
    );
  } finally {
    index.close();
  }
}

/** Embeds the sections of all files in one call: the engine sorts them by length and fills its batches. */
async function embedFiles(files, model) {
  const engine = await open('embedding', model);
  const options = { ...promptOf(engine, 'document'), truncate: 'error' };
  // An empty text has only the tokens that are added to every text: special ones and the prompt.
  const { usage: added } = await engine.embedTexts([''], options);
  const room = engine.config().model.modelInfo.maxSequenceLength - added.promptTokens;
  const tokenizer = await loadTokenizer((await defaultModelStore().pull(model)).directory);
  const fits = (text) => tokenizer.encodePrefix(text, room).isComplete;

  const changed = [];
  for (const { path, hash, markdown } of files) {
    changed.push({ path, hash, sections: splitMarkdown(markdown, fits) });
    await setImmediate(); // Others get their turn between files.
  }
  const sections = changed.flatMap((file) => file.sections);
  const { embeddings } = await engine.embedTexts(
    sections.map((section) => section.text),
    { ...options, onProgress: (progress) => report({ phase: 'embed', label: 'sections', ...progress }) },
  );
  for (const [i, section] of sections.entries()) section.embedding = embeddings[i];
  return changed;
}

async function find(question, { index: indexFile, top, rerank }) {
  const count = Number(top);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--top must be a whole number from 1, not ${top}.`);
  const hint = 'Run this first: node search.mjs index FOLDER';
  if (!existsSync(indexFile)) throw new Error(`There is no index ${indexFile}. ${hint}`);
  const index = await openIndex(indexFile);
  try {
    if (index.model === undefined) throw new Error(`The index ${indexFile} is empty. ${hint}`);
    const engine = await open('embedding', index.model);
    const { embeddings } = await engine.embedTexts([question], { ...promptOf(engine, 'query'), truncate: 'error' });
    // A reranker reads the question and a section together: better, but too slow for every section.
    const found = await index.nearest(embeddings[0], rerank === undefined ? count : Math.max(count, 50));
    print(rerank === undefined ? found : await reranked(question, found, count, rerank));
  } finally {
    index.close();
  }
}

async function reranked(question, found, topN, model) {
  const engine = await open('reranking', model);
  const texts = found.map((section) => section.text);
  const { results } = await engine.rerank(question, texts, { topN });
  return results.map(({ index, relevanceScore }) => ({ ...found[index], score: relevanceScore }));
}

function print(results) {
  for (const { score, path: file, heading, text } of results) {
    const excerpt = text.replace(/^#.*$/gm, '').replace(/\s+/g, ' ').trim();
    console.log(`${score.toFixed(3)}  ${path.relative('', file)}  ${heading}`.trimEnd());
    console.log(`       ${[...excerpt].slice(0, 160).join('')}`);
  }
}

/** The first time, this downloads the model and converts it. */
function open(capability, model) {
  return host.resolve(capability, { model, onProgress: report });
}

/** Some models are to be told what is a question and what a document. */
function promptOf(engine, promptName) {
  return engine.promptNames.includes(promptName) ? { promptName } : {};
}

/** On a terminal one line that is drawn again and again; else a line when a phase is complete. */
function report({ phase, label, completed, total }) {
  const done = completed === total;
  if (process.stderr.isTTY) {
    const share = total ? `${Math.floor((100 * completed) / total)} %` : '';
    process.stderr.write(`\r\x1b[K${done ? '' : `${phase} ${label} ${share}`}`);
  } else if (done) console.error(`${phase} ${label}: done`);
}
