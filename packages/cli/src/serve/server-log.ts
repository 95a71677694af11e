import { type Logger, pino } from 'pino';
import type { CommandContext } from '../context.js';
import type { Colors } from '../output/output.js';
import { cleanForTerminal } from '../output/terminal-text.js';

/** What the server says while it runs, on `stdout`: a line that people read on a terminal, else a line of JSON (pino's). */
export function createServerLog(
  { stdout, verbose }: Pick<CommandContext, 'stdout' | 'verbose'>,
  level: string,
): Logger {
  const write = (line: string) => void stdout.stream.write(line);
  const options = { level, serializers: { res: describeResponse } };
  if (!stdout.isTerminal) return pino(options, { write });
  return pino(options, {
    write: (line: string) => {
      const text = formatRecord(JSON.parse(line), stdout.colors, verbose);
      if (text !== undefined) write(`${text}\n`);
    },
  });
}

interface Reply {
  readonly statusCode: number;
  readonly request?: { readonly method: string; readonly url: string };
}

/** The line at a request's end then says what was asked, too. */
function describeResponse({ statusCode, request }: Reply): ResponseRecord {
  return { ...(request && { method: request.method, url: request.url }), statusCode };
}

interface ResponseRecord {
  readonly method?: string;
  readonly url?: string;
  readonly statusCode: number;
}

interface LogRecord {
  readonly level: number;
  /** Unix time in ms. */
  readonly time: number;
  readonly msg?: string;
  /** Of the line at a request's begin. */
  readonly req?: unknown;
  readonly res?: ResponseRecord;
  /** In ms. */
  readonly responseTime?: number;
  readonly err?: { readonly message?: string; readonly stack?: string };
  readonly model?: string;
}

/** Undefined for what a person need not see: that a request has begun, and what the summary says already. */
function formatRecord(record: LogRecord, colors: Colors, verbose: boolean): string | undefined {
  const { level, msg = '', req, res, responseTime, err, model } = record;
  const time = colors.dim(new Date(record.time).toTimeString().slice(0, 8));
  if (res?.method !== undefined) {
    const color = res.statusCode < 400 ? colors.green : res.statusCode < 500 ? colors.yellow : colors.red;
    const took = responseTime === undefined ? '' : colors.dim(` ${Math.round(responseTime)} ms`);
    return `${time} ${color(String(res.statusCode))} ${cleanForTerminal(`${res.method} ${res.url}`)}${took}`;
  }
  if (req !== undefined || msg.startsWith('Server listening')) return undefined;
  const problem = verbose ? err?.stack : err?.message;
  const text = cleanForTerminal([msg, model, problem].filter(Boolean).join(': '));
  if (level >= 50) return `${time} ${colors.red(text)}`;
  return `${time} ${level >= 40 ? colors.yellow(text) : text}`;
}
