import { posix } from 'node:path';

/**
 * The ONNX files of a model of which several exports may lie side by side: the unquantised one as Optimum and
 * transformers.js name it, of a joint text and image model its two halves, each with its external data. Empty without.
 */
export function preferredOnnx(names: readonly string[]): readonly string[] {
  const decoder = preferredDecoder(names);
  if (decoder !== undefined) return withExternalData(names, decoder);
  for (const files of layouts) {
    for (const folder of ['onnx/', '']) {
      const paths = files.map((file) => `${folder}${file}`);
      if (paths.every((path) => names.includes(path))) {
        return [...new Set(paths.flatMap((path) => withExternalData(names, path)))];
      }
    }
  }
  return [];
}

/**
 * Of a language model, told by its settings for generation or those of onnxruntime-genai: 4-bit blocks before float32, as
 * transformers.js names its files. Models that also hear or see have an encoder beside and are not meant.
 */
function preferredDecoder(names: readonly string[]): string | undefined {
  const generates = ['generation_config.json', 'genai_config.json'].some((name) => names.includes(name));
  const hasEncoder = names.some((name) => /(^|\/)(\w*encoder|embed_tokens)\w*\.onnx$/.test(name));
  if (!generates || hasEncoder) return undefined;
  const candidates = ['_q4', ''].flatMap((suffix) =>
    ['model', 'decoder_model_merged'].flatMap((stem) => [`onnx/${stem}${suffix}.onnx`, `${stem}${suffix}.onnx`]),
  );
  return candidates.find((name) => names.includes(name));
}

/** An ONNX file and those that hold its tensors. */
export function withExternalData(names: readonly string[], file: string): readonly string[] {
  const folder = posix.dirname(file);
  const belongs = (name: string) => {
    if (posix.dirname(name) !== folder) return false;
    const suffix = name.startsWith(file) ? name.slice(file.length) : '';
    // PyTorch's exporter makes a file of a large tensor and names it after the tensor: Constant_7_attr__value.
    return /^(_data(_\d+)?|\.data)$/.test(suffix) || (folder !== '.' && !posix.basename(name).includes('.'));
  };
  return [file, ...names.filter(belongs).sort()];
}

/** The whole joint model needs a text and an image at once, so its halves come first. */
const layouts = [['text_model.onnx', 'vision_model.onnx'], ['model.onnx']] as const;
