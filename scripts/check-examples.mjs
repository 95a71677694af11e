// Runs the examples as a reader would. Pulls minilm:l6 from the package registry on a new machine.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './run.mjs';

const example = path.join(root, 'examples', 'semantic-search');
const directory = await mkdtemp(path.join(tmpdir(), 'ferrum-examples-'));
try {
  await cp(path.join(example, 'sample'), path.join(directory, 'notes'), { recursive: true });
  // One section, longer than the 256 tokens that the model reads, with what is asked for at its end.
  const long = `${'The ferry leaves the pier when the fog has lifted. '.repeat(60)}The keeper feeds dried apricots to his parrot.`;
  await writeFile(path.join(directory, 'notes', 'ferry.md'), `# The lighthouse\n\n${long}\n`);

  assert.match(
    await search('index', 'notes'),
    /^5 files, 5 new or changed \([1-9]\d+ sections embedded\), 0 removed$/m,
  );
  assert.equal(await bestFile('how do I mend a puncture?'), path.join('notes', 'bicycles.md'));
  assert.equal(await bestFile('When is the gap between ebb and flood widest?'), path.join('notes', 'sea', 'tides.md'));
  assert.equal(await bestFile('what does the parrot eat?'), path.join('notes', 'ferry.md'));
  assert.match(await search('index', 'notes'), /^5 files, 0 new or changed \(0 sections embedded\), 0 removed$/m);
  await assert.rejects(search('index', 'notes', '--model', 'bge:small-en-v1.5'), /search\.db was made with minilm:l6/);

  await rm(path.join(directory, 'notes', 'bicycles.md'));
  assert.match(await search('index', 'notes'), /^4 files, 0 new or changed \(0 sections embedded\), 1 removed$/m);
  assert.doesNotMatch(await search('find', 'how do I mend a puncture?', '--top', '100'), /bicycles\.md/);
} finally {
  await rm(directory, { recursive: true });
}
console.log('The semantic search example finds what it should.');

/** @returns what it prints; what it says on stderr is the error's message when it fails */
async function search(...args) {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(example, 'search.mjs'), ...args], {
    cwd: directory,
  });
  return stdout;
}

async function bestFile(question) {
  const [, file] = /^\d\.\d{3} {2}(\S+)/.exec(await search('find', question, '--top', '1')) ?? [];
  return file;
}
