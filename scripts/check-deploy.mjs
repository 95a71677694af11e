// Lints what docs/deploy and docs/grafana hold, with the tools that this machine has or that pip brings. None of it is run.
// What is skipped, and why, is said; a finding makes the exit code 1.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dashboardFindings, expressionsOf } from './deploy/dashboard.mjs';
import { lintTools } from './deploy/lint-tools.mjs';
import { root } from './run.mjs';

const deploy = path.join(root, 'docs', 'deploy');
const dashboardFile = path.join(root, 'docs', 'grafana', 'ferrum.json');
const yamlFiles = readdirSync(deploy, { recursive: true })
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => path.join(deploy, file));
const ran = [];
const skipped = [];
const findings = [];

const tools = lintTools();
if (tools.missing) skip('hadolint, yamllint, compose schema, PromQL syntax', tools.missing);
else {
  check('hadolint', tools.path('hadolint'), ['--no-color', path.join(deploy, 'Dockerfile')]);
  const rules =
    '{extends: default, rules: {line-length: {max: 140}, document-start: disable, braces: {max-spaces-inside: 1}}}';
  check('yamllint', tools.path('yamllint'), ['--strict', '-d', rules, ...yamlFiles]);
  const compose = path.join(deploy, 'compose.yaml');
  check('compose schema', tools.path('check-jsonschema'), ['--builtin-schema', 'vendor.compose-spec', compose]);
}
checkCompose();
checkUnit();
checkDashboard();
checkVariables();

console.log(`Deployment files: ${ran.join(', ')} ran.`);
for (const line of skipped) console.log(`Skipped: ${line}.`);
for (const finding of findings) console.error(finding);
process.exit(findings.length > 0 ? 1 : 0);

function skip(what, reason) {
  skipped.push(`${what}: ${reason}`);
}

/** What a tool prints is a finding if it fails. */
function check(what, command, args, options = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd: root, ...options });
  ran.push(what);
  if (status !== 0) findings.push(`${what}: ${error?.message ?? `${stdout}${stderr}`.trim()}`);
}

function works(command, ...args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function checkCompose() {
  if (!works('docker', 'compose', 'version')) return skip('docker compose config', 'there is no docker compose here');
  const required = { API_KEYS: 'for-the-check', METRICS_KEY: 'for-the-check-too', GRAFANA_PASSWORD: 'for-the-check' };
  const args = ['compose', '--file', path.join(deploy, 'compose.yaml'), 'config', '--quiet'];
  check('docker compose config', 'docker', args, { env: { ...process.env, ...required } });
}

/** systemd looks whether the command is there, so a copy of the unit names one that is. */
function checkUnit() {
  if (!works('systemd-analyze', '--version')) return skip('systemd-analyze', 'it is not installed');
  const unit = readFileSync(path.join(deploy, 'ferrum.service'), 'utf8');
  const folder = mkdtempSync(path.join(tmpdir(), 'ferrum-unit-'));
  const copy = path.join(folder, 'ferrum.service');
  writeFileSync(copy, unit.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`));
  check('systemd-analyze verify', 'systemd-analyze', ['verify', copy]);
  // From 0 (locked up) to 100; what systemd calls "OK" ends at 25.
  const security = ['security', '--offline=true', '--threshold=25', '--no-pager', copy];
  if (works('systemd-analyze', 'security', '--offline=true', '--threshold=100', copy)) {
    check('systemd-analyze security', 'systemd-analyze', security);
  } else skip('systemd-analyze security', 'this one cannot judge a file (systemd 250 can)');
  rmSync(folder, { recursive: true });
}

function checkDashboard() {
  const dashboard = JSON.parse(readFileSync(dashboardFile, 'utf8'));
  ran.push('dashboard');
  findings.push(...dashboardFindings(dashboard, root).map((finding) => `dashboard: ${finding}`));
  if (tools.missing) return;
  const script = 'import json, promql_parser, sys\nfor text in json.load(sys.stdin):\n  promql_parser.parse(text)';
  check('PromQL syntax', tools.path('python'), ['-c', script], { input: JSON.stringify(expressionsOf(dashboard)) });
}

/** A variable that no source reads does nothing. */
function checkVariables() {
  ran.push('FERRUM_ variables');
  const known = new Set(packageSources().flatMap((file) => variablesIn(file)));
  for (const name of readdirSync(deploy).filter((entry) => !entry.startsWith('grafana'))) {
    const unknown = new Set(variablesIn(path.join(deploy, name)).filter((variable) => !known.has(variable)));
    if (unknown.size > 0) findings.push(`docs/deploy/${name}: nothing in packages reads ${[...unknown].join(', ')}`);
  }
}

function packageSources() {
  const packages = path.join(root, 'packages');
  return readdirSync(packages).flatMap((name) => {
    const sources = path.join(packages, name, 'src');
    // libav has only files of others.
    if (!existsSync(sources)) return [];
    return readdirSync(sources, { recursive: true })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => path.join(sources, file));
  });
}

function variablesIn(file) {
  return readFileSync(file, 'utf8').match(/\bFERRUM_[A-Z_]+\b/g) ?? [];
}
