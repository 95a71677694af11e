import { posix } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';

/** What a caller may say about which of a folder's graphs to open. */
export interface GraphChoice {
  /** Its name in the folder. */
  readonly graphFile?: string | undefined;
  readonly quantization?: 'exact' | 'int8' | 'int4' | 'float32' | undefined;
}

/**
 * Which ONNX file of a model's folder is opened: the one named; else of those that Optimum and transformers.js call so
 * (`model.onnx`, `onnx/model_q4.onnx` …) the first of the quantisation wanted. By default 4-bit blocks, which are fast and
 * near to the original, then float32. The int8 files of transformers.js come last: they round activations in one step per
 * run, which costs much quality.
 * @param names of the folder's files, with `/`
 * @param fromConfig what genai_config.json names
 * @throws FerrumError `InvalidParameter` for a choice that is not there, `Unsupported` without any graph
 */
export function chooseGraph(
  names: readonly string[],
  label: string,
  { graphFile, quantization }: GraphChoice,
  fromConfig?: string,
): string {
  const graphs = names.filter((name) => /\.onnx$/i.test(name));
  if (graphFile !== undefined) {
    if (graphs.includes(graphFile)) return graphFile;
    throw unavailable('graphFile', `${label} has no graph "${graphFile}"; it has ${graphs.join(', ') || 'none'}`);
  }
  const wanted = quantization === undefined || quantization === 'exact' ? undefined : suffixes[quantization];
  if (wanted === undefined) {
    if (fromConfig !== undefined && graphs.includes(fromConfig)) return fromConfig;
    const [only] = graphs;
    if (only !== undefined && graphs.length === 1) return only;
  }
  for (const suffix of wanted ?? preference) {
    for (const stem of stems) {
      const found = ['', 'onnx/']
        .map((folder) => `${folder}${stem}${suffix}.onnx`)
        .find((name) => graphs.includes(name));
      if (found !== undefined) return found;
    }
  }
  if (wanted !== undefined) {
    throw unavailable(
      'quantization',
      `${label} has no ${quantization} graph (…${wanted.map((suffix) => `${suffix}.onnx`).join(', …')}); ` +
        `it has ${graphs.join(', ') || 'none'}; name one as graphFile`,
    );
  }
  throw new FerrumError(
    'Unsupported',
    graphs.length === 0
      ? `${label} holds no .onnx file.`
      : `None of the graphs of ${label} is named as a language model's (model.onnx); name one as graphFile: ${graphs.join(', ')}.`,
  );
}

/** The folder that a graph's tokenizer and configuration lie in, within the model's: its own, or that above `onnx/`. */
export function homeOf(graph: string, names: readonly string[]): string {
  const folder = posix.dirname(graph);
  const isHome = ['genai_config.json', 'config.json'].some((name) => names.includes(posix.join(folder, name)));
  return isHome || folder === '.' ? folder : posix.dirname(folder);
}

/** Merged graphs hold a half for the first run and one for the others; the half alone serves both. */
const stems = ['model', 'decoder_model_merged', 'decoder_with_past_model'] as const;

/** Ends of names by what transformers.js calls `dtype`. */
const suffixes = {
  float32: [''],
  int4: ['_q4', '_q4f16', '_bnb4'],
  int8: ['_quantized', '_int8', '_uint8'],
} as const;

const preference = ['_q4', '', '_q4f16', '_fp16', '_quantized', '_int8', '_uint8', '_bnb4'] as const;

function unavailable(parameter: string, message: string): FerrumError {
  return new FerrumError('InvalidParameter', `Engine options of @ferrum/llm: ${message}.`, { details: { parameter } });
}
