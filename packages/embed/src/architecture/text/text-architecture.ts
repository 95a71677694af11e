import type { Activation } from '@ferrum/onnx';
import type { TextEncoderNames } from '../tensor-names.js';
import type { TextEncoderConfig } from '../text-encoder-config.js';

/** What a family of encoders calls its settings and its tensors. */
export interface TextArchitecture {
  /** Values of `model_type` that it reads. */
  readonly types: readonly string[];
  /**
   * @param json of config.json
   * @throws FerrumError `InvalidFormat` naming the field that is wrong, `Unsupported` naming one that cannot be honoured.
   */
  readConfig(json: unknown, file: string): TextEncoderConfig;
  /** What may stand before the encoder's names in a file, most specific first. */
  readonly prefixes: readonly string[];
  names(prefix: string, config: TextEncoderConfig, has: (tensor: string) => boolean): TextEncoderNames;
  /** Of a model that scores; absent where the family has none. */
  classifier?(prefix: string, json: unknown, file: string): ClassifierNames;
}

/** The head that makes one number of a text: dense → activation (→ norm) → output, over the pooled tokens. */
export interface ClassifierNames {
  readonly pooling: 'cls' | 'mean';
  readonly dense: string;
  readonly activation: Activation;
  readonly norm?: string;
  readonly output: string;
}
