import type { Capability } from '@ferrum/interfaces';
import { openGguf } from '../weights/gguf.js';
import type { FileFacts } from './inspect-files.js';

/** What the header of a GGUF file says. @throws FerrumError `InvalidFormat`, `NotFound`, `IO`. */
export async function inspectGguf(path: string): Promise<FileFacts> {
  const gguf = await openGguf(path);
  try {
    const architecture = gguf.metadata.get('general.architecture');
    const license = gguf.metadata.get('general.license');
    const contextLength = gguf.metadata.get(`${String(architecture)}.context_length`);
    const quantization = ggufFileTypes.get(Number(gguf.metadata.get('general.file_type') ?? -1));
    return {
      format: 'gguf',
      ...(typeof architecture === 'string' ? { architecture } : {}),
      ...capabilitiesOf(architecture, gguf.metadata.get(`${String(architecture)}.pooling_type`)),
      ...(typeof license === 'string' ? { license } : {}),
      ...(typeof contextLength === 'number' ? { contextLength } : {}),
      ...(quantization === undefined ? {} : { quantization }),
      path,
    };
  } finally {
    await gguf.close();
  }
}

/** The encoders of llama.cpp; a decoder may be made for either purpose, and its header does not say which. */
const encoders: ReadonlySet<unknown> = new Set(['bert', 'nomic-bert']);

/** `llama_pooling_type` of llama.cpp (llama.h): the head of a cross-encoder. */
const rankPooling = 4;

function capabilitiesOf(architecture: unknown, pooling: unknown): { readonly capabilities?: readonly Capability[] } {
  if (!encoders.has(architecture)) return {};
  return { capabilities: [pooling === rankPooling ? 'reranking' : 'embedding'] };
}

/** `general.file_type` of the GGUF specification (docs/gguf.md of ggml). */
const ggufFileTypes: ReadonlyMap<number, string> = new Map([
  [0, 'F32'],
  [1, 'F16'],
  [2, 'Q4_0'],
  [3, 'Q4_1'],
  [7, 'Q8_0'],
  [8, 'Q5_0'],
  [9, 'Q5_1'],
  [10, 'Q2_K'],
  [11, 'Q3_K_S'],
  [12, 'Q3_K_M'],
  [13, 'Q3_K_L'],
  [14, 'Q4_K_S'],
  [15, 'Q4_K_M'],
  [16, 'Q5_K_S'],
  [17, 'Q5_K_M'],
  [18, 'Q6_K'],
  [32, 'BF16'],
]);
