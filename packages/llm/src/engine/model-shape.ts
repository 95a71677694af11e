import type { DecoderConfig } from '../architecture/decoder-config.js';

/** What an engine knows of a decoder, whether its graph was built here or came ready-made. */
export type ModelShape = Pick<
  DecoderConfig,
  'architecture' | 'vocabularySize' | 'hiddenSize' | 'layers' | 'heads' | 'kvHeads' | 'headDim' | 'contextLength'
>;
