// Runs the blocks of a page one after the other, in a folder of the page's own.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../run.mjs';
import { compiledName } from './modules.mjs';

/** For a block that hangs; a busy machine needs a minute for some. */
const limitMs = 300_000;

/**
 * @returns findings `{ line, message }` of the page; the blocks after the first that fails are not run. And how long each
 *   block took: `{ line, ms }`
 */
export async function runPage({ steps, folder, env, text }) {
  const findings = [];
  const times = [];
  let output = '';
  for (const step of steps) {
    const from = performance.now();
    const result = await runStep(step, { folder, env, text, output });
    times.push({ line: step.block.line, ms: performance.now() - from });
    output = result.output ?? output;
    if (result.message) {
      findings.push({ line: lineOf(step, result.message), message: result.message });
      break;
    }
  }
  const stopped = await exec('ferrum', ['stop-servers'], { folder, env });
  if (stopped.code !== 0) findings.push({ line: 1, message: stopped.output });
  return { findings, times };
}

async function runStep({ block, kind, file }, { folder, env, text, output }) {
  if (kind === 'module') return runModule(block, file, folder, env);
  if (kind === 'sh') return outcome(await exec('bash', ['-euo', 'pipefail', '-c', text(block)], { folder, env }));
  if (kind === 'json' || kind === 'jsonl') return checkJson(block, text(block), folder);
  if (kind === 'text') return compareOutput(text(block), output);
  return { message: `a block of ${kind || 'no language'} is not run: mark it "not-run: reason"` };
}

async function runModule({ vitest }, file, folder, env) {
  if (/^ferrum\.config\./.test(file)) {
    return outcome(await exec('ferrum', ['serve', '--config', file, '--print-config'], { folder, env }));
  }
  const compiled = compiledName(file);
  if (vitest) {
    const runner = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
    return outcome(await exec(process.execPath, [runner, 'run', '--root', folder, compiled], { folder, env }));
  }
  return outcome(await exec(process.execPath, ['--enable-source-maps', compiled], { folder, env }));
}

const outcome = ({ code, output, stdout }) =>
  code === 0 ? { output: stdout } : { message: `exit code ${code}\n${output}` };

function checkJson({ file, language }, text, folder) {
  try {
    if (language === 'jsonl') for (const line of text.trim().split('\n')) JSON.parse(line);
    else JSON.parse(text);
  } catch (error) {
    return { message: error.message };
  }
  if (file) writeFileSync(path.join(folder, file), text);
  return {};
}

/** A `text` block shows what the block before prints; `…` stands for anything. */
function compareOutput(expected, output) {
  const pattern = expected
    .trim()
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+'))
    .join('[^]*?');
  return new RegExp(`^\\s*${pattern}\\s*$`).test(output) ? {} : { message: `it prints something else:\n${output}` };
}

function exec(command, args, { folder, env }) {
  return new Promise((resolve) => {
    const file = command === 'ferrum' ? path.join(env.PATH.split(path.delimiter)[0], 'ferrum') : command;
    const child = spawn(file, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    let stdout = '';
    child.stdout.on('data', (data) => {
      output += data;
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      output += data;
    });
    const timer = setTimeout(() => {
      output += `\nIt did not end within ${limitMs / 1000} s.`;
      process.kill(-child.pid, 'SIGKILL');
    }, limitMs);
    // Not `close`: a server that a block starts keeps the pipes open.
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      setImmediate(() => resolve({ code: code ?? signal, output: output.trim(), stdout }));
    });
  });
}

/** The line of the page at which a module failed, when its stack says so; else that of the block. */
function lineOf({ block, file, lines }, message) {
  if (!file) return block.line;
  const name = path.basename(file).replaceAll('.', '\\.');
  const found = new RegExp(`${name}:(\\d+)`).exec(message);
  return lines[Number(found?.[1])] ?? block.line;
}

/** @returns the lines of the page that a finding of the compiler is about; undefined for a file that the page only shows */
export function locate(finding, modules, shown) {
  const [, file, line, message] = /^(\S+?)\((\d+),\d+\): (.*)$/s.exec(finding) ?? [];
  if (shown.includes(file)) return undefined;
  const module = modules.find(({ relative }) => relative === file);
  if (!module) return finding;
  return `docs/${module.page}:${module.lines[Number(line)]}: ${message}`;
}
