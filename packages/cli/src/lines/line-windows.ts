import { setTimeout as sleep } from 'node:timers/promises';
import type { InputStream } from '../environment.js';
import { type Chunk, chunkReader } from './chunk-reader.js';

/** Most lines of a window. */
export const windowSize = 512;

/** A pause this long, in ms, ends a window: who writes line by line gets answers meanwhile. */
const pauseMs = 20;

/**
 * Reads lines in windows, no further ahead than the stream itself does. LF or CRLF ends a line; the last one may go
 * without, and nothing after the last line feed is no line. UTF-8; a byte order mark is left out.
 *
 * @throws FerrumError `IO` when the stream cannot be read; the signal's reason.
 */
export async function* readLineWindows(stdin: InputStream, signal: AbortSignal): AsyncGenerator<readonly string[]> {
  signal.throwIfAborted();
  const next = chunkReader(stdin, signal);
  const splitter = new LineSplitter();
  let window: string[] = [];
  let chunk = next();
  for (;;) {
    const result = await (window.length === 0 ? chunk : Promise.race([chunk, sleep(pauseMs, 'pause' as const)]));
    if (result === 'pause') {
      yield window;
      window = [];
      continue;
    }
    if (result.done) break;
    chunk = next();
    window = [...window, ...splitter.lines(result.value)];
    while (window.length >= windowSize) yield window.splice(0, windowSize);
  }
  window.push(...splitter.end());
  if (window.length > 0) yield window;
}

/** `-` in place of texts: they come through standard input, and for as long as it takes. */
export function isStandardInput(words: readonly string[]): boolean {
  return words.length === 1 && words[0] === '-';
}

/** All lines at once. @throws FerrumError as `readLineWindows`. */
export async function readLines(stdin: InputStream, signal: AbortSignal): Promise<readonly string[]> {
  const windows: (readonly string[])[] = [];
  for await (const window of readLineWindows(stdin, signal)) windows.push(window);
  return windows.flat();
}

class LineSplitter {
  readonly #decoder = new TextDecoder();
  /** The beginning of a line whose end is not there yet. */
  #rest = '';

  lines(chunk: Chunk): readonly string[] {
    const pieces = (typeof chunk === 'string' ? chunk : this.#decoder.decode(chunk, { stream: true })).split('\n');
    pieces[0] = this.#rest + pieces[0];
    this.#rest = pieces.pop() ?? '';
    return pieces.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  }

  end(): readonly string[] {
    const last = this.#rest + this.#decoder.decode();
    return last === '' ? [] : [last];
  }
}
