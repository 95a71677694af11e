// Blocks that are not run: they need Docker, systemd, hours or the right to publish. Their shell syntax and the files and
// scripts that they name are checked instead.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../run.mjs';

/** Pages whose commands none can be run in a test; scripts/check-deploy.mjs lints the files that the first is about. */
const reasons = {
  'deploy/README.md': 'needs Docker, systemd or Prometheus',
  'benchmarks.md': 'takes hours and other programs',
};

/** @returns why a block is not run, or undefined */
export const reasonNotToRun = ({ page, notRun }) => notRun ?? reasons[page];

/** @returns what is wrong with a block that is not run */
export function lintBlock({ language, text }) {
  if (!['sh', 'yaml', 'json', 'docker', 'ini'].includes(language)) return `${language} blocks can be run.`;
  if (language !== 'sh') return undefined;
  const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
  if (status !== 0) return stderr.trim();
  const files = text.match(/(?<![\w/.-])(?:bench|scripts|docs|examples)\/[\w./-]+\.\w+/g) ?? [];
  const missing = files.filter((file) => !file.endsWith('.env') && !existsSync(path.join(root, file)));
  if (missing.length > 0) return `there is no ${missing.join(', ')}.`;
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const unknown = [...text.matchAll(/^\s*(?:npm|pnpm) run ([\w:-]+)/gm)].filter(([, name]) => !scripts[name]);
  return unknown.length > 0 ? `package.json has no script ${unknown.map(([, name]) => name).join(', ')}.` : undefined;
}
