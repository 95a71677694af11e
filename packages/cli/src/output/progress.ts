import type { Ora } from 'ora';
import type { CommandContext } from '../context.js';
import type { CommandEnvironment } from '../environment.js';
import type { Output } from './output.js';
import { describeProgress, type Progress, progressVerbs } from './progress-line.js';
import { formatBytes } from './units.js';

export interface ProgressReporter {
  readonly listener: (event: Progress) => void;
  /** Removes what is drawn. Safe to call twice. */
  stop(): void;
}

/**
 * Shows long operations on `stderr`: one line that is drawn again and again on a terminal, else one plain line when a
 * phase begins. Of loading, embedding, transcribing and speaking, which are the command's daily work, only `--verbose` writes such a line.
 */
export function createProgressReporter({ stderr, environment, verbose }: ProgressContext): ProgressReporter {
  return canDraw(stderr, environment.variables) ? drawProgress(stderr) : logProgress(stderr, verbose);
}

export type ProgressContext = Pick<CommandContext, 'stderr' | 'verbose'> & {
  readonly environment: Pick<CommandEnvironment, 'variables'>;
};

function canDraw({ stream, isTerminal }: Output, { TERM }: Readonly<Record<string, string | undefined>>): boolean {
  // Pseudo-terminals that nobody looks at are often 0 columns wide: ora would count infinitely many lines to wipe out.
  return isTerminal && TERM !== 'dumb' && stream.columns !== 0;
}

/** Nothing is drawn for what ends sooner, in ms: a flash tells nobody anything. */
const drawingDelayMs = 200;

function drawProgress(stderr: Output): ProgressReporter {
  let latest: Progress | undefined;
  let phaseStart = { key: '', timeMs: 0, completed: 0 };
  let spinner: Ora | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const text = () => {
    if (!latest) return '';
    // The spinner takes two cells, and the last one stays free: some terminals go to the next line behind it.
    const cells = (stderr.stream.columns ?? 80) - 3;
    return describeProgress(latest, ratePerSecond(latest, phaseStart), cells);
  };
  const start = async () => {
    const { default: ora } = await import('ora');
    if (stopped) return;
    // stdin stays as it is: ora would put it in raw mode, where Ctrl-C is no signal any more.
    const color = stderr.colors.isColorSupported ? 'cyan' : false;
    spinner = ora({ stream: stderr.stream, text: text(), color, discardStdin: false, isEnabled: true }).start();
  };

  return {
    listener: (event) => {
      if (stopped) return;
      latest = event;
      const key = `${event.phase} ${event.label} ${event.unit}`;
      if (key !== phaseStart.key) phaseStart = { key, timeMs: performance.now(), completed: event.completed };
      timer ??= setTimeout(() => void start(), drawingDelayMs);
      if (spinner) spinner.text = text();
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      spinner?.stop();
    },
  };
}

const quietPhases: ReadonlySet<Progress['phase']> = new Set(['load', 'embed', 'transcribe', 'speak']);

function logProgress(stderr: Output, verbose: boolean): ProgressReporter {
  const announced = new Set<string>();
  return {
    listener: (event) => {
      if (quietPhases.has(event.phase) && !verbose) return;
      const key = `${event.phase} ${event.label}`;
      if (announced.has(key)) return;
      announced.add(key);
      const size = event.total !== undefined && event.unit === 'bytes' ? ` (${formatBytes(event.total)})` : '';
      // A closed stderr is no reason to end a download.
      stderr.writeLine(`${progressVerbs[event.phase]} ${event.label}${size}`).catch(() => {});
    },
    stop: () => {},
  };
}

/** Units per second since the phase began; not known in its first half second. */
function ratePerSecond(
  event: Progress,
  phaseStart: { readonly timeMs: number; readonly completed: number },
): number | undefined {
  const elapsedMs = performance.now() - phaseStart.timeMs;
  const done = event.completed - phaseStart.completed;
  return elapsedMs >= 500 && done > 0 ? (done / elapsedMs) * 1000 : undefined;
}
