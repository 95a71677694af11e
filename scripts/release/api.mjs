// Writes api/*.api.md from the built packages; with --check, fails when what is committed differs from the build.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiReports } from './api-reports.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = path.join(root, 'api');
const expected = reports();
const found = new Map(
  (existsSync(folder) ? readdirSync(folder) : [])
    .filter((file) => file.endsWith('.api.md'))
    .map((file) => [file, readFileSync(path.join(folder, file), 'utf8').replaceAll('\r\n', '\n')]),
);
const outdated = [...expected].filter(([file, text]) => found.get(file) !== text).map(([file]) => file);
const superfluous = [...found.keys()].filter((file) => !expected.has(file));

if (process.argv.includes('--check')) {
  for (const file of outdated) console.error(`api/${file} ${difference(found.get(file), expected.get(file))}`);
  for (const file of superfluous) console.error(`api/${file} is of an entry point that does not exist any more.`);
  if (outdated.length + superfluous.length > 0) {
    console.error('What the packages export differs from api/. Run "npm run api", look at the change, and commit it.');
    process.exit(1);
  }
  console.log(`API reports: all ${expected.size} are those of the build.`);
} else {
  mkdirSync(folder, { recursive: true });
  for (const file of outdated) writeFileSync(path.join(folder, file), expected.get(file));
  for (const file of superfluous) rmSync(path.join(folder, file));
  console.log(`API reports: ${expected.size}, of which ${outdated.length} written and ${superfluous.length} removed.`);
}

/** The first line in which two reports differ. */
function difference(before, after) {
  if (before === undefined) return 'is missing.';
  const [old, now] = [before.split('\n'), after.split('\n')];
  const line = now.findIndex((text, index) => text !== old[index]);
  if (line === -1) return `has ${old.length - now.length} lines too many.`;
  return `differs from line ${line + 1} on:\n  committed: ${(old[line] ?? '').trim()}\n  built:     ${now[line].trim()}`;
}

function reports() {
  try {
    return apiReports(root);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
