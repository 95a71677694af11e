import { familyOfGguf } from '../models/families.js';
import { GgufMetadata, type LongRopeFactors } from '../models/gguf-config.js';
import type { DecoderConfig } from './decoder-config.js';
import { checkDecoderConfig, unsupportedArchitecture } from './supported.js';

/**
 * Reads the shape of a decoder from GGUF metadata.
 * @throws FerrumError `Unsupported` for another architecture or rotary scaling, `InvalidFormat` for missing or absurd values.
 */
export function configFromGguf(
  metadata: ReadonlyMap<string, unknown>,
  tensorNames: ReadonlySet<string>,
  longRopeFactors?: LongRopeFactors,
): DecoderConfig {
  const reader = new GgufMetadata(metadata, tensorNames, longRopeFactors);
  const family = familyOfGguf(reader.architecture);
  if (!family?.gguf) throw unsupportedArchitecture(reader.architecture);
  return checkDecoderConfig(family.gguf.read(reader));
}
