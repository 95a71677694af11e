import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import { bytesOf } from './bytes-of.js';
import { weightFileError } from './weight-file-error.js';

/** Bytes in a file beside the model. */
export interface ExternalData {
  /** Path relative to the model file's folder, with `/`. */
  readonly location: string;
  /** In bytes from the file's start. */
  readonly offset: number;
  readonly byteLength: number;
}

/** From this size on a blob starts on a page of its own, so that ONNX Runtime can map it. */
const pageSize = 4096;
/** Smaller blobs start on a cache line. */
const smallAlignment = 64;

/** Writes weights into one file that any number of models in the same folder may refer to. */
export class ExternalDataWriter implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  #end = 0;
  #closed = false;
  /** Blobs are written one after the other, in the order of the calls. */
  #last: Promise<unknown> = Promise.resolve();

  /** Creates (or empties) the file. @throws FerrumError `ResourceExhausted` (disk full), `PermissionDenied`, `IO`. */
  static async create(path: string): Promise<ExternalDataWriter> {
    const file = await open(path, 'w').catch((cause: unknown) => {
      throw weightFileError(cause, path, `create ${path}`);
    });
    return new ExternalDataWriter(path, file);
  }

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Appends a blob: bytes, any typed array (little-endian), or a stream of pieces. Blobs of 4096 bytes or more start at a
   * multiple of 4096, others at a multiple of 64. The next blob overwrites what a stream that threw had written.
   * @throws FerrumError `ResourceExhausted` (disk full), `PermissionDenied`, `IO`; `InvalidParameter` after `close`.
   */
  add(data: ArrayBufferView | AsyncIterable<Uint8Array>): Promise<ExternalData> {
    const added = this.#last.then(() => this.#append(ArrayBuffer.isView(data) ? [bytesOf(data)] : data));
    this.#last = added.catch(() => undefined);
    return added;
  }

  /**
   * Waits for what was added, then closes the file. Safe to call twice.
   * @throws FerrumError `ResourceExhausted` (some file systems notice only now that the disk is full), `IO`.
   */
  async close(): Promise<void> {
    await this.#last;
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close().catch((cause: unknown) => {
      throw weightFileError(cause, this.#path, `finish the ${this.#end} bytes of weights in ${this.#path}`);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #append(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<ExternalData> {
    if (this.#closed)
      throw new FerrumError('InvalidParameter', `${this.#path} is closed: add weights before closing it.`);
    // The first pieces wait until it is clear whether the blob is large enough for a page of its own.
    let waiting: Uint8Array[] = [];
    let waitingLength = 0;
    let offset: number | undefined;
    let byteLength = 0;
    const start = () => {
      const alignment = waitingLength >= pageSize ? pageSize : smallAlignment;
      return Math.ceil(this.#end / alignment) * alignment;
    };
    for await (const piece of pieces) {
      if (offset === undefined) {
        // Copied: a stream may reuse its buffer for the next piece.
        waiting.push(waitingLength + piece.length < pageSize ? piece.slice() : piece);
        waitingLength += piece.length;
        if (waitingLength < pageSize) continue;
        offset = start();
        for (const early of waiting) byteLength += await this.#write(early, offset + byteLength);
        waiting = [];
      } else {
        byteLength += await this.#write(piece, offset + byteLength);
      }
    }
    offset ??= start();
    for (const early of waiting) byteLength += await this.#write(early, offset + byteLength);
    this.#end = offset + byteLength;
    return { location: basename(this.#path), offset, byteLength };
  }

  async #write(bytes: Uint8Array, position: number): Promise<number> {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.#file
        .write(bytes, written, bytes.length - written, position + written)
        .catch((cause: unknown) => {
          throw weightFileError(
            cause,
            this.#path,
            `write ${bytes.length} bytes of weights at offset ${position} of ${this.#path}`,
          );
        });
      written += bytesWritten;
    }
    return written;
  }
}
