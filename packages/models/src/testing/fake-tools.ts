import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const fixtures = fileURLToPath(new URL('../sources/fixtures/', import.meta.url));

export interface FakeTools {
  /** Puts the tools first on PATH, and nothing else on it. */
  readonly environment: NodeJS.ProcessEnv;
  /** The arguments of each call. */
  calls(): readonly (readonly string[])[];
}

/**
 * Stand-ins for `npm` and `python3 -m pip` that deliver the fixtures instead of a registry's packages.
 * `hang` writes a few bytes and then waits to be killed; `full` fails as on a full disk.
 */
export function fakeTools(folder: string, mode: 'deliver' | 'hang' | 'full' | 'unreachable' = 'deliver'): FakeTools {
  mkdirSync(folder, { recursive: true });
  const log = join(folder, 'calls.jsonl');
  for (const tool of ['npm', 'python3']) {
    const path = join(folder, tool);
    writeFileSync(path, script(tool, mode, log));
    chmodSync(path, 0o755);
  }
  return {
    environment: { PATH: [folder].join(delimiter) },
    calls: () =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line))
        : [],
  };
}

/** As pip 23.2 says it. */
const pipUnreachable = [
  "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object at 0x7f9f025d5890>: Failed to establish a new connection: [Errno 111] Connection refused')': /simple/tiny/",
  'ERROR: Could not find a version that satisfies the requirement tiny==1.0.0 (from versions: none)',
  'ERROR: No matching distribution found for tiny==1.0.0',
  '',
].join('\n');

function script(tool: string, mode: string, log: string): string {
  return `#!${process.execPath}
const { appendFileSync, copyFileSync, existsSync, mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const args = process.argv.slice(2);
appendFileSync(${JSON.stringify(log)}, JSON.stringify(args) + '\\n');
const tool = ${JSON.stringify(tool)};
const mode = ${JSON.stringify(mode)};
const output = args[args.indexOf(tool === 'npm' ? '--pack-destination' : '--dest') + 1];
const [name, version = '1.0.0'] = args.at(-1).split(tool === 'npm' ? '@' : '==');
const fileName = name.replaceAll('-', '_') + '-' + version.replace('latest', '1.0.0');
const [from, to] = tool === 'npm' ? ['.tar.gz', '.tgz'] : ['-py3-none-any.whl', '-py3-none-any.whl'];
const source = ${JSON.stringify(fixtures)} + fileName + from;
mkdirSync(output, { recursive: true });
if (mode === 'hang') {
  writeFileSync(join(output, 'partial.tmp'), 'x'.repeat(1000));
  setInterval(() => {}, 1000);
} else if (mode === 'full') {
  process.stderr.write('OSError: [Errno 28] No space left on device\\n');
  process.exit(2);
} else if (mode === 'unreachable') {
  process.stderr.write(tool === 'npm' ? 'npm error code ENOTFOUND\\n' : ${JSON.stringify(pipUnreachable)});
  process.exit(1);
} else if (!existsSync(source)) {
  process.stderr.write(tool === 'npm' ? 'npm error code E404\\n' : 'ERROR: Could not find a version that satisfies the requirement ' + name + ' (from versions: none)\\nERROR: No matching distribution found for ' + name + '\\n');
  process.exit(1);
} else {
  copyFileSync(source, join(output, fileName + to));
}
`;
}
