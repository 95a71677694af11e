// Builds the documentation site, looks that it asks no other host for anything, and runs every code block on it.
// Names of pages as arguments (`guide/speech.md`) run those alone, without a build.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { pages } from './docs/blocks.mjs';
import { lintBlock, reasonNotToRun } from './docs/linted.mjs';
import { makeMedia } from './docs/media.mjs';
import { compile, writeModules } from './docs/modules.mjs';
import { locate, runPage } from './docs/run-page.mjs';
import { makeHome, makeScratch, standIns } from './docs/scratch.mjs';
import { exitCode, root } from './run.mjs';

const wanted = process.argv.slice(2);
const started = Date.now();
try {
  if (wanted.length === 0) await inDocs('scripts/make-reference.mjs');
  const documents = distinct(pages().filter(({ page }) => wanted.length === 0 || wanted.includes(page)));
  const linted = lint(documents);
  const scratch = makeScratch();
  try {
    const parts = [runAll(documents, scratch)];
    if (wanted.length === 0) parts.push(buildSite());
    for (const { reason } of await Promise.allSettled(parts)) if (reason) throw reason;
  } finally {
    rmSync(scratch.folder, { recursive: true, force: true });
  }
  for (const [reason, number] of Object.entries(linted)) console.log(`Not run but linted: ${number} (${reason}).`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function buildSite() {
  await inDocs('node_modules/vitepress/bin/vitepress.js', 'build');
  failIfAny(requestsToOthers(path.join(root, 'docs', '.vitepress', 'dist')));
  console.log(`The site is built, ${seconds()} s.`);
}

async function inDocs(...command) {
  const code = await exitCode(process.execPath, command, { cwd: path.join(root, 'docs') });
  if (code !== 0) throw new Error(`docs/${command.join(' ')} failed.`);
}

async function runAll(documents, scratch) {
  const runs = [];
  const shown = []; // files of the repository, that pages show and others test
  for (const { page, blocks } of documents) {
    const runnable = blocks.filter((block) => !reasonNotToRun(block));
    if (runnable.length === 0) continue;
    const name = page.replace(/\.md$/, '').replaceAll('/', '-');
    const folder = path.join(scratch.folder, name);
    mkdirSync(folder);
    const port = await freePort();
    const text = (block) => adapted(block.text, port);
    const env = {
      ...scratch.env,
      FERRUM_HOME: makeHome(path.join(scratch.folder, 'homes', name)),
      FERRUM_PORT: String(port),
      FERRUM_DOCS_SERVER: path.join(scratch.folder, `${name}-server`),
    };
    for (const block of runnable.filter(({ isShown }) => isShown)) shown.push(`${name}/${block.file}`);
    runs.push({ page, name, folder, env, text, steps: writeModules({ blocks: runnable }, folder, text) });
  }
  const modules = runs.flatMap(({ page, name, steps }) =>
    steps.filter(({ kind }) => kind === 'module').map((step) => ({ ...step, page, relative: `${name}/${step.file}` })),
  );
  const wrong = compile(
    scratch.folder,
    modules.map(({ relative }) => relative),
  );
  failIfAny(wrong.map((finding) => locate(finding, modules, shown)).filter(Boolean));
  const addMedia = makeMedia(scratch.folder, scratch.env);
  for (const { folder } of runs) addMedia(folder);

  const failures = [];
  const durations = [];
  // The pages with most to do first; three at a time, as one often waits for a process to start.
  const queue = runs.toSorted((a, b) => b.steps.length - a.steps.length);
  await Promise.all(Array.from({ length: 3 }, () => worker(queue, failures, durations)));
  console.log(`Slowest blocks: ${slowest(durations)}.`);
  failIfAny(failures);
  const count = runs.reduce((sum, { steps }) => sum + steps.length, 0);
  console.log(
    `Documentation: ${count} blocks of ${runs.length} pages ran, ${modules.length} of them modules; ${seconds()} s.`,
  );
  if (shown.length > 0) {
    console.log(
      `Shown, and run by scripts/check-installs.mjs: ${[...new Set(shown.map((file) => path.basename(file)))].join(', ')}.`,
    );
  }
  console.log(
    `In place of models that only the hub has: ${Object.keys(standIns).join(', ')} as tiny ones of their kind.`,
  );
}

async function worker(queue, failures, durations) {
  for (let run = queue.shift(); run; run = queue.shift()) {
    const from = Date.now();
    const { findings, times } = await runPage(run);
    for (const { line, message } of findings) failures.push(`docs/${run.page}:${line}: ${message}`);
    durations.push(...times.map(({ line, ms }) => ({ place: `${run.page}:${line}`, ms })));
    console.log(`${findings.length > 0 ? 'failed' : 'ok'}  ${run.page}  ${((Date.now() - from) / 1000).toFixed(1)} s`);
  }
}

function slowest(durations) {
  const first = durations.toSorted((a, b) => b.ms - a.ms).slice(0, 8);
  return first.map(({ place, ms }) => `${place} ${(ms / 1000).toFixed(1)} s`).join(', ');
}

/** A module that several pages repeat runs once, unless the next block goes on with it. */
function distinct(documents) {
  const seen = new Set();
  const isNew = ({ page, text, language, file }, index, blocks) => {
    const isModule = ['ts', 'js'].includes(language) && !file && !blocks[index + 1]?.continues;
    if (!page.startsWith('reference/') && !isModule) return true;
    const isFirst = !seen.has(text);
    seen.add(text);
    return isFirst;
  };
  return documents.map(({ page, blocks }) => ({ page, blocks: blocks.filter(isNew) }));
}

/** @returns how many blocks are not run, by reason */
function lint(documents) {
  const blocks = documents.flatMap((document) => document.blocks).filter((block) => reasonNotToRun(block));
  const counts = {};
  for (const block of blocks) counts[reasonNotToRun(block)] = (counts[reasonNotToRun(block)] ?? 0) + 1;
  const wrong = blocks.map((block) => ({ block, finding: lintBlock(block) })).filter(({ finding }) => finding);
  failIfAny(wrong.map(({ block, finding }) => `docs/${block.page}:${block.line}: ${finding}`));
  return counts;
}

/** What takes the place of a model that is not here, and of the port that may be taken. */
function adapted(text, port) {
  let result = text.replaceAll('8080', String(port));
  for (const [name, folder] of Object.entries(standIns)) result = result.replaceAll(name, path.join(root, folder));
  return result;
}

/** Anything that a browser would fetch by itself from another host. */
function requestsToOthers(site) {
  if (!existsSync(site)) return [`${site} is missing.`];
  const files = readdirSync(site, { recursive: true }).filter((file) => /\.(html|css|js)$/.test(file));
  const fetches = [
    /<(?:script|img|source|iframe|video|audio)[^>]*\ssrc="(?:https?:)?\/\/[^"]*"/g,
    /<link[^>]*\shref="(?:https?:)?\/\/[^"]*"/g,
    /url\(\s*["']?(?:https?:)?\/\/[^)]*\)/g,
    /@import\s+["'](?:https?:)?\/\/[^"']*/g,
    /(?:\bimport|\bfetch)\(\s*["'](?:https?:)?\/\/[^"')]*/g,
  ];
  return files.flatMap((file) => {
    const text = readFileSync(path.join(site, file), 'utf8');
    return fetches.flatMap((pattern) => (text.match(pattern) ?? []).map((found) => `${file} fetches ${found}`));
  });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function failIfAny(list) {
  if (list.length === 0) return;
  throw new Error(list.join('\n'));
}

function seconds() {
  return ((Date.now() - started) / 1000).toFixed(0);
}
