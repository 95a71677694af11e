import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** How the graph that an import made of a ready-made decoder is to be run. */
export interface DecoderLayout {
  /** Keys and values that each run reads, by the names of its inputs: key and value of layer 0, of layer 1 … */
  readonly past: readonly string[];
  /** The same that each run gives. */
  readonly present: readonly string[];
  /** float32 [rows, wanted, vocabulary]. */
  readonly logits: string;
  readonly cacheType: 'float32' | 'float16';
  /**
   * Whether runs write to the cache themselves (GroupQueryAttention), which is then past and present at once; otherwise
   * `present` is what is new, [rows, kvHeads, tokens, headDim].
   */
  readonly inPlace: boolean;
  /** Whether rows with pasts of different lengths may share a run without a trace of one another. */
  readonly rowsTogether: boolean;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocabularySize: number;
  /** Positions that the graph has rotary tables for; absent: it makes them as needed. */
  readonly positions?: number;
}

/** What an import leaves in its folder: a graph, its weights, and the layout. */
export const decoderFiles = { graph: 'decoder.onnx', weights: 'decoder.bin', layout: 'layout.json' } as const;

/** Inputs that every rewritten graph has. */
export const stepInputs = {
  /** int64 [rows, tokens]. */
  ids: 'ferrum.input_ids',
  /** int32 [rows]: the last position of each row. */
  lastPositions: 'ferrum.last_positions',
  /** int32 scalar: tokens of the longest row, those of this run included. */
  total: 'ferrum.total_tokens',
  /** int64 [rows, wanted]: of which tokens of the run logits are wanted. */
  wanted: 'ferrum.logit_positions',
} as const;

export async function readLayout(directory: string): Promise<DecoderLayout> {
  return JSON.parse(await readFile(path.join(directory, decoderFiles.layout), 'utf8')) as DecoderLayout;
}

export function writeLayout(directory: string, layout: DecoderLayout): Promise<void> {
  return writeFile(path.join(directory, decoderFiles.layout), JSON.stringify(layout));
}
