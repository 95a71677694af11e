import { execFile } from 'node:child_process';
import type { ToolReport } from './report.js';

/** Asks npm and pip for their versions, which needs no network. */
export async function examineTools(
  variables: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<readonly ToolReport[]> {
  const python = process.platform === 'win32' ? 'py' : 'python3';
  return Promise.all([
    examineTool('npm', 'npm', ['--version'], variables, signal),
    examineTool('pip', python, ['-m', 'pip', '--version'], variables, signal),
  ]);
}

const timeoutMs = 20_000;

function examineTool(
  name: ToolReport['name'],
  program: string,
  parameters: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<ToolReport> {
  const command = [program, ...parameters.slice(0, -1)].join(' ');
  return new Promise((resolve, reject) => {
    const options = {
      env: variables as NodeJS.ProcessEnv,
      signal,
      timeout: timeoutMs,
      // npm is a batch file on Windows, which only a shell runs. Nothing in the command comes from outside.
      shell: process.platform === 'win32',
    };
    execFile(program, [...parameters], options, (error, stdout, stderr) => {
      if (signal.aborted) reject(signal.reason);
      else if (error) resolve({ name, command, error: lastLine(stderr) ?? error.message });
      else {
        const version = /\d+(\.\d+)+\S*/.exec(stdout)?.[0];
        resolve({
          name,
          command,
          ...(version === undefined ? { error: 'it does not tell its version' } : { version }),
        });
      }
    });
  });
}

function lastLine(text: string): string | undefined {
  return text.trim().split('\n').at(-1)?.trim() || undefined;
}
