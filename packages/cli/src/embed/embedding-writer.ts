import type { EmbeddingEncoding } from '@ferrum/interfaces';
import type { Embedded, EmbeddingSummary } from './embedded.js';
import { npyHeader } from './npy.js';

export type EmbeddingFormat = 'json' | 'jsonl' | 'csv' | 'npy';

/** Takes embeddings piece by piece and keeps none. */
export interface EmbeddingWriter {
  write(embedded: readonly Embedded[]): Promise<void>;
  /** Called once, after the last piece. */
  end(summary: EmbeddingSummary): Promise<void>;
}

/** Where a format goes. */
export interface Sink {
  write(data: string | Uint8Array): Promise<void>;
}

/** A sink whose beginning can be written again. */
export interface RewritableSink extends Sink {
  /** Replaces the first bytes. */
  rewrite(data: Uint8Array): Promise<void>;
}

/** The writers of formats that are written from beginning to end. */
export const textWriters: Readonly<Record<Exclude<EmbeddingFormat, 'npy'>, (sink: Sink) => EmbeddingWriter>> = {
  json: jsonWriter,
  jsonl: jsonlWriter,
  csv: csvWriter,
};

/** One object: `{"embeddings":[[…],…],"model","dimensions","usage":{"promptTokens"}}`. */
function jsonWriter(sink: Sink): EmbeddingWriter {
  const opening = '{"embeddings":[';
  let before = opening;
  return {
    write: async (embedded) => {
      if (embedded.length === 0) return;
      const arrays = embedded.map(({ embedding }) => JSON.stringify(Array.from(embedding)));
      await sink.write(before + arrays.join(','));
      before = ',';
    },
    end: async ({ model, dimensions, promptTokens }) => {
      const facts = JSON.stringify({ model, dimensions, usage: { promptTokens } });
      await sink.write(`${before === opening ? opening : ''}],${facts.slice(1)}\n`);
    },
  };
}

/** An object per line: `{"index","text" or "image","embedding"}`. */
function jsonlWriter(sink: Sink): EmbeddingWriter {
  let index = 0;
  return {
    write: async (embedded) => {
      let lines = '';
      for (const { source, embedding } of embedded) {
        lines += `${JSON.stringify({ index, ...source, embedding: Array.from(embedding) })}\n`;
        index += 1;
      }
      await sink.write(lines);
    },
    end: async () => {},
  };
}

/** A row per embedding, the values alone: numbers need no quotes. */
function csvWriter(sink: Sink): EmbeddingWriter {
  return {
    write: (embedded) => sink.write(embedded.map(({ embedding }) => `${embedding.join(',')}\n`).join('')),
    end: async () => {},
  };
}

/** A NumPy array of shape `[embeddings, values]`, of `encoding`'s type. How many there are stands at its beginning. */
export function npyWriter(sink: RewritableSink, encoding: EmbeddingEncoding): EmbeddingWriter {
  let rows = 0;
  return {
    write: async (embedded) => {
      if (embedded.length === 0) return;
      if (rows === 0) await sink.write(npyHeader(encoding, [0, 0]));
      rows += embedded.length;
      await sink.write(
        Buffer.concat(
          embedded.map(({ embedding: { buffer, byteOffset, byteLength } }) =>
            Buffer.from(buffer, byteOffset, byteLength),
          ),
        ),
      );
    },
    end: async ({ dimensions }) => {
      await sink.rewrite(npyHeader(encoding, [rows, encoding === 'binary' ? Math.ceil(dimensions / 8) : dimensions]));
    },
  };
}
