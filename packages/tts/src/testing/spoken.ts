import type { SpeechChunk, SpokenWord } from '@ferrum/interfaces';

export interface Spoken {
  readonly chunks: readonly SpeechChunk[];
  readonly samples: Float32Array;
  readonly words: readonly SpokenWord[];
  readonly warnings: readonly string[];
}

/** All that a stream says. */
export async function spoken(stream: AsyncIterable<SpeechChunk>): Promise<Spoken> {
  const chunks: SpeechChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return {
    chunks,
    samples: joined(chunks.map(({ samples }) => samples)),
    words: chunks.flatMap(({ words = [] }) => words),
    warnings: chunks.flatMap(({ warnings = [] }) => warnings),
  };
}

export function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const part of parts) {
    all.set(part, filled);
    filled += part.length;
  }
  return all;
}
