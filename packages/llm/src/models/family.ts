import type { DecoderConfig } from '../architecture/decoder-config.js';
import type { TensorNames } from '../weights/tensor-names.js';
import type { GgufMetadata } from './gguf-config.js';

/** A family of decoders: how its files describe a model, and what they call its weights. */
export interface DecoderFamily {
  /** For people. */
  readonly name: string;
  /** `model_type` of its config.json files. */
  readonly modelTypes: readonly string[];
  /** @throws FerrumError `InvalidFormat` for bad values, `Unsupported` for what the graph cannot do. */
  fromHf(json: unknown, file: string): DecoderConfig;
  readonly hfNames: TensorNames;
  /** How GGUF files hold it; absent: not at all. */
  readonly gguf?: GgufFamily;
}

export interface GgufFamily {
  /** `general.architecture`. */
  readonly architecture: string;
  /** @throws FerrumError as `fromHf` does. */
  read(metadata: GgufMetadata): DecoderConfig;
  readonly names: TensorNames;
  /** Rows of Q and K are in the order of interleaved rotary pairs. */
  readonly interleaved: boolean;
}
