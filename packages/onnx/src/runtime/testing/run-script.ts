import { spawn } from 'node:child_process';

export interface ScriptResult {
  /** Null when a signal ended the process. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/**
 * Runs an ES module in a process of its own, where `OnnxRuntime` and `Tensor` of the built package are in scope and
 * `process.argv[1]` on are `parameters`. Build before.
 */
export async function runScript(
  body: string,
  parameters: readonly string[] = [],
  nodeOptions: readonly string[] = [],
  variables: NodeJS.ProcessEnv = {},
): Promise<ScriptResult> {
  const script = `${scriptImports}\n${body}`;
  const child = spawn(
    process.execPath,
    [...nodeOptions, '--input-type=module', '--eval', script, '--', ...parameters],
    {
      env: { ...process.env, ...variables },
    },
  );
  const result = { output: '', errors: '' };
  child.stdout.on('data', (text) => {
    result.output += text;
  });
  child.stderr.on('data', (text) => {
    result.errors += text;
  });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, ...result }));
  });
}

/** For code that runs elsewhere, in a worker of such a process say. */
export const scriptImports = `
import { OnnxRuntime } from ${JSON.stringify(builtModule('runtime/onnx-runtime.js'))};
import { Tensor } from ${JSON.stringify(builtModule('tensor/tensor.js'))};
`;

function builtModule(path: string): string {
  return new URL(`../../../dist/${path}`, import.meta.url).href;
}
