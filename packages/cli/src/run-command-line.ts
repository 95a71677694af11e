import type { CommandContext } from './context.js';
import type { CommandEnvironment } from './environment.js';
import type { ExitCode } from './exit-code.js';
import { listenForInterruption } from './interruption.js';
import { createOutput } from './output/output.js';
import { createProgram } from './program.js';
import { reportError } from './report-error.js';
import { tellOfStrayRejections } from './stray-rejections.js';

/**
 * Runs one `ferrum` command.
 *
 * @param commandLine The arguments after `ferrum`.
 * @returns The exit code; never rejects.
 */
export async function runCommandLine(
  commandLine: readonly string[],
  environment: CommandEnvironment,
): Promise<ExitCode> {
  const interruption = listenForInterruption(environment.signals, (code) => environment.exit(code));
  const context: CommandContext = {
    environment,
    signal: interruption.signal,
    stdout: createOutput(environment.stdout, 'standard output', environment.variables),
    stderr: createOutput(environment.stderr, 'standard error', environment.variables),
    verbose: hasFlag(commandLine, '--verbose') || environment.variables.FERRUM_DEBUG === '1',
  };
  const stopTelling = tellOfStrayRejections(context);
  try {
    return await createProgram(context).run(commandLine);
  } catch (error) {
    return await reportError(error, hasFlag(commandLine, '--json'), context);
  } finally {
    // What commander writes is written without waiting for it.
    await Promise.allSettled([context.stdout.write(''), context.stderr.write('')]);
    stopTelling();
    interruption.stop();
  }
}

/** Looked for before parsing, since an error of the parser has to know it too. */
function hasFlag(commandLine: readonly string[], flag: string): boolean {
  const end = commandLine.indexOf('--');
  return (end === -1 ? commandLine : commandLine.slice(0, end)).includes(flag);
}
