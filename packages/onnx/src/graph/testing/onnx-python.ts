import { spawnSync } from 'node:child_process';

/** Why the reference implementation cannot be asked on this machine; undefined when it can. */
export const onnxPythonMissing: string | undefined = (() => {
  const { status, error } = spawnSync('python3', ['-c', 'import onnx; onnx.defs.get_schema("Gelu", 21, "")']);
  if (error) return 'no python3 here';
  return status === 0 ? undefined : "no Python package 'onnx' of version 1.16 or later here";
})();

/** Runs a script with `sys.argv[1:]` and parses what it prints. */
export function runPython(script: string, ...parameters: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', script, ...parameters], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
