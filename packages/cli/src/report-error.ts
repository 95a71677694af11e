import { inspect } from 'node:util';
import type { FerrumErrorCode } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { CommanderError } from 'commander';
import type { CommandContext } from './context.js';
import type { ExitCode } from './exit-code.js';
import { exitCodeOf, exitCodes } from './exit-code.js';
import { Interruption } from './interruption.js';
import { writeJsonLine } from './output/json-line.js';
import { ClosedOutput } from './output/output.js';
import { cleanForTerminal } from './output/terminal-text.js';

/**
 * Tells people what went wrong on `stderr`, and programs (`json`) on `stdout`; returns what the process ends with.
 *
 * @param about What else programs are told, where only a part of the command failed.
 */
export async function reportError(
  error: unknown,
  json: boolean,
  context: CommandContext,
  about: Readonly<Record<string, string>> = {},
): Promise<ExitCode> {
  if (error instanceof ClosedOutput) return exitCodes.success;
  if (error instanceof CommanderError && error.exitCode === 0) {
    // The help or the version was asked for; commander does not wait until it is written.
    return await context.stdout.write('').then(
      () => exitCodes.success,
      (failure) => reportError(failure, json, context),
    );
  }
  const failure = classify(error, context);
  // With the streams gone too there is nobody to tell.
  if (json) await writeJsonLine(context.stdout, { type: 'error', ...about, ...failure.line }).catch(() => {});
  if (failure.told) return failure.exitCode;
  const { stderr, verbose } = context;
  const text = verbose && !failure.interrupted ? inspect(error) : failure.line.message;
  // It may have the words of a plugin, a server or a file in it.
  await stderr.writeLine(`${stderr.colors.red('ferrum:')} ${cleanForTerminal(text)}`).catch(() => {});
  return failure.exitCode;
}

interface Failure {
  readonly exitCode: ExitCode;
  readonly line: { readonly code: FerrumErrorCode; readonly message: string };
  /** Commander writes its messages itself. */
  readonly told?: true;
  readonly interrupted?: true;
}

function classify(error: unknown, { signal }: CommandContext): Failure {
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '');
    return { exitCode: exitCodes.usage, line: { code: 'InvalidParameter', message }, told: true };
  }
  if (signal.aborted && signal.reason instanceof Interruption) {
    const { exitCode, message } = signal.reason;
    return { exitCode, line: { code: 'Cancelled', message }, interrupted: true };
  }
  const message = messageOf(error);
  if (FerrumError.isInstance(error)) return { exitCode: exitCodeOf(error), line: { code: error.code, message } };
  return { exitCode: exitCodes.failure, line: { code: 'Internal', message } };
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('\n');
  if (FerrumError.isInstance(error)) return error.message;
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `${message}\nThis was not expected. The same command with --verbose shows where it happened; please report it.`;
}
