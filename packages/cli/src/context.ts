import type { CommandEnvironment } from './environment.js';
import type { Output } from './output/output.js';

/** What a command gets to work with. */
export interface CommandContext {
  readonly environment: CommandEnvironment;
  /** Fires at Ctrl-C, SIGTERM and SIGHUP (the terminal was closed). */
  readonly signal: AbortSignal;
  /** The answer goes to `stdout`, everything else to `stderr`. */
  readonly stdout: Output;
  readonly stderr: Output;
  /** `--verbose` or `FERRUM_DEBUG=1`. */
  readonly verbose: boolean;
}
