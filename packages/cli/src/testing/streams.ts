import { PassThrough, Writable } from 'node:stream';
import type { InputStream } from '../environment.js';

/** An output that remembers what was written to it. */
export class RecordedOutput extends Writable {
  readonly #chunks: Buffer[] = [];
  readonly isTTY: boolean;
  readonly columns = 80;

  constructor(isTTY: boolean) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.record(chunk);
    done();
  }

  record(chunk: unknown): void {
    this.#chunks.push(Buffer.from(chunk as string | Uint8Array));
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString('utf8');
  }

  // What ora asks of a terminal.
  clearLine = () => true;
  cursorTo = () => true;
  moveCursor = () => true;
}

export function recordOutput(isTTY = false): RecordedOutput {
  return new RecordedOutput(isTTY);
}

/** A pipe whose reader goes away after so many lines. */
export function closingOutput(lines: number): RecordedOutput {
  const output = new RecordedOutput(false);
  output._write = (chunk, _encoding, done) => {
    if (output.text.split('\n').length > lines) done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    else {
      output.record(chunk);
      done();
    }
  };
  return output;
}

/** A file on a disk without room. */
export function fullOutput(): RecordedOutput {
  const output = new RecordedOutput(false);
  output._write = (_chunk, _encoding, done) =>
    done(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
  return output;
}

/** What is piped in. */
export function pipedInput(text: string): InputStream {
  const stream = new PassThrough();
  stream.end(text);
  return stream;
}

/** A pipe that nobody has written to or closed yet. */
export function silentInput(): PassThrough {
  return new PassThrough();
}

export function keyboard(): PassThrough & InputStream {
  return Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
}
