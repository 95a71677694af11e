// npm test: installs, builds, type-checks, lints, tries a release (checks what would be published and uses it in an empty
// folder), installs each modality alone, runs the examples, lints what deploys the server and what runs on GitHub, tries the
// server with clients of others, builds the documentation and runs what it shows, and runs every test.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exitCode, install, pnpm, root, run } from './run.mjs';

await install();
await pnpm('exec', 'turbo', 'run', 'build', 'typecheck', 'lint', 'lint:root', '--output-logs=errors-only');

for (const check of [
  'release/dry-run',
  'check-installs',
  'check-examples',
  'check-deploy',
  'check-workflows',
  'check-server',
  'check-docs',
]) {
  await run(process.execPath, [path.join(root, 'scripts', `${check}.mjs`)]);
}

const directory = mkdtempSync(path.join(tmpdir(), 'ferrum-test-'));
const report = path.join(directory, 'report.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const code = await exitCode('npx', [
  '--yes',
  'pnpm@12',
  'exec',
  'vitest',
  'run',
  ...reporters,
  ...process.argv.slice(2),
]);
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'));
  console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
}
rmSync(directory, { recursive: true });
process.exit(code);
