// Lints .github/workflows with actionlint (built by Go) and zizmor (from pip), as far as this machine has the one and the other.
// None of it is run. What is skipped, and why, is said; a finding makes the exit code 1.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pythonTools } from './python-tools.mjs';
import { root } from './run.mjs';

const folder = path.join(root, '.github', 'workflows');
const files = readdirSync(folder).map((file) => path.join(folder, file));
const findings = [];

lint('actionlint', actionlint(), ['-no-color', ...files]);
lint('zizmor', zizmor(), ['--offline', '--no-progress', '--quiet', '--color=never', ...files]);
for (const finding of findings) console.error(finding);
process.exit(findings.length > 0 ? 1 : 0);

function lint(name, { file, missing }, args) {
  if (missing !== undefined) return console.log(`Skipped: ${name}: ${missing}.`);
  const { status, error, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', cwd: root });
  if (status !== 0) findings.push(`${name}: ${error?.message ?? `${stdout}${stderr}`.trim()}`);
  console.log(`Workflows: ${name} ran.`);
}

function zizmor() {
  const { path: find, missing } = pythonTools('workflows', ['zizmor==1.32.0']);
  return missing === undefined ? { file: find('zizmor') } : { missing };
}

/** Its Python package fetches a program from GitHub; Go builds it from the module proxy. */
function actionlint() {
  const version = 'v1.7.12';
  const bin = path.join(root, 'node_modules', '.cache', `ferrum-actionlint-${version}`);
  const file = path.join(bin, process.platform === 'win32' ? 'actionlint.exe' : 'actionlint');
  if (existsSync(file)) return { file };
  const { status, error, stderr } = spawnSync(
    'go',
    ['install', `github.com/rhysd/actionlint/cmd/actionlint@${version}`],
    {
      encoding: 'utf8',
      env: { ...process.env, GOBIN: bin },
      timeout: 300_000,
    },
  );
  if (status === 0) return { file };
  const reason =
    error?.code === 'ENOENT' ? 'Go, which builds it, is not installed' : (stderr ?? '').trim().split('\n').at(-1);
  return { missing: reason || error?.message || 'Go could not build it' };
}
