import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The command as it is installed: what `tsc -b` has built. */
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ferrum-cli-'));
});
afterAll(() => rm(home, { recursive: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface StartOptions {
  readonly variables?: Readonly<Record<string, string>>;
  readonly nodeFlags?: readonly string[];
  readonly stdin?: 'ignore' | 'pipe';
}

function start(commandLine: readonly string[], options: StartOptions = {}): ChildProcess {
  const { variables = {}, nodeFlags = [], stdin = 'ignore' } = options;
  return spawn(process.execPath, [...nodeFlags, main, ...commandLine], {
    env: { PATH: process.env.PATH, FERRUM_HOME: home, HF_HOME: join(home, 'hub'), ...variables },
    stdio: [stdin, 'pipe', 'pipe'],
  });
}

async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

const ferrum = (commandLine: readonly string[], options?: StartOptions) => outcomeOf(start(commandLine, options));

describe('the installed command', () => {
  it('prints its version without loading a native library', async () => {
    const hook = `process.report.excludeNetwork = true;
      process.on('exit', () => process.stderr.write(process.report.getReport().sharedObjects.join('\\n')));`;
    const nodeFlags = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`];
    const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
    const { code, stdout, stderr } = await ferrum(['--version'], { nodeFlags });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${manifest.version}\n` });
    expect(stderr).not.toMatch(/koffi|onnxruntime/);
  });

  it('suggests the nearest name for a model that it does not know, and ends with 3', async () => {
    const { code, stdout, stderr } = await ferrum(['run', 'smolm2:135m', 'hi']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^ferrum: .*smollm2:135m/);
    expect(stderr).not.toContain('    at ');
  });

  it('knows models of the catalogue that are not pulled', async () => {
    const { code, stdout } = await ferrum(['show', 'smollm2:135m', '--json']);
    expect(code).toBe(0);
    const shown = JSON.parse(stdout);
    expect(shown).toMatchObject({
      name: 'smollm2:135m',
      license: 'Apache-2.0',
      sizeBytes: 98_362_432,
      sampling: { temperature: 0.2, topP: 0.9 },
      files: [{ sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53' }],
    });
    expect(shown.sources.length).toBeGreaterThan(0);
    expect(shown.installed).toBeUndefined();
    const text = await ferrum(['show', 'smollm2:135m']);
    expect(text.stdout).toMatch(/sampling +temperature 0\.2, top-p 0\.9\n +here +not pulled\n/);
  });

  it('shows and refuses a file that is no model', async () => {
    const path = join(home, 'broken.gguf');
    await writeFile(path, 'GGUF and nothing else');
    const { code, stderr } = await ferrum(['run', path, 'hi']);
    expect(code).toBe(1);
    expect(stderr).toContain('broken.gguf');
    expect(stderr).not.toContain('    at ');
  });

  it.each([
    { how: 'FERRUM_OFFLINE=1', commandLine: ['pull', 'smollm2:360m'], variables: { FERRUM_OFFLINE: '1' } },
    { how: '--offline', commandLine: ['run', 'smollm2:360m', 'hi', '--offline'], variables: {} },
  ])('with $how asks no server, says what is missing and ends with 4', async ({ commandLine, variables }) => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.writeHead(404).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const endpoint = { HF_ENDPOINT: `http://127.0.0.1:${port}` };
    try {
      const { code, stderr } = await ferrum(commandLine, { variables: { ...endpoint, ...variables } });
      expect(code).toBe(4);
      expect(stderr).toMatch(/ferrum: .*smollm2:360m.*offline/);
      expect(requests).toBe(0);
    } finally {
      server.close();
    }
  });

  it('ends quietly when the reader of its output goes away', async () => {
    const child = start(['--help']);
    child.stdout?.destroy();
    const { code, stderr } = await outcomeOf(child);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it.skipIf(process.platform === 'win32')(
    'ends with 130 at Ctrl-C, 143 at SIGTERM and by SIGHUP when its terminal closes (Windows has no signals)',
    async () => {
      for (const [signal, code] of [
        ['SIGINT', 130],
        ['SIGTERM', 143],
        // To a shell 129; the process ends by the signal itself.
        ['SIGHUP', null],
      ] as const) {
        const child = start(['run', 'smollm2:135m', 'hi', '-'], {
          stdin: 'pipe',
          // Says when the command listens.
          nodeFlags: ['--import', `data:text/javascript,${encodeURIComponent(announce)}`],
        });
        child.stderr?.once('data', () => child.kill(signal));
        const outcome = await outcomeOf(child);
        expect(outcome.code).toBe(code);
        expect(outcome.stderr).toMatch(/ferrum: (interrupted|terminated|the terminal was closed)\n/);
      }
    },
  );

  it('says that --raw is what a model without a chat template needs', async () => {
    const model = fileURLToPath(new URL('../../llm/src/fixtures/llama-gqa', import.meta.url));
    const refused = await ferrum(['run', model, 'hi']);
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/no chat template.*--raw/) });
    const { code } = await ferrum(['run', model, '--raw', 'hi', '--max-tokens', '1']);
    expect(code).toBe(0);
  });

  it.skipIf(process.platform === 'win32')(
    'says so when the folder it was started in is gone (Windows does not remove one in use)',
    async () => {
      const gone = await mkdtemp(join(tmpdir(), 'ferrum-gone-'));
      const command = `rmdir "$0" && exec "$@"`;
      const child = spawn('sh', ['-c', command, gone, process.execPath, main, 'list'], {
        cwd: gone,
        env: { PATH: process.env.PATH, FERRUM_HOME: home },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const { code, stderr } = await outcomeOf(child);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^ferrum: The folder .* is gone\./) });
    },
  );
});

const announce = `process.on('newListener', (name) => {
  if (name === 'SIGTERM') setImmediate(() => process.stderr.write('listening\\n'));
});`;
