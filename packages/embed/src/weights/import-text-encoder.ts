import type { TextEncoderNames } from '../architecture/tensor-names.js';
import type { TextEncoderConfig } from '../architecture/text-encoder-config.js';
import type { TextEncoderWeights } from '../architecture/text-encoder-graph.js';
import { importTransformer, type LayerInputs } from './import-transformer.js';
import { addToRows, type LayerImporter } from './layer-importer.js';
import { distanceTable } from './relative-positions.js';

/**
 * @param readsTypes whether texts have tokens of several types; otherwise the first type's row is added to the positions,
 * or to the words where there are none
 */
export async function importTextEncoder(
  importer: LayerImporter,
  config: TextEncoderConfig,
  names: TextEncoderNames,
  readsTypes: boolean,
  inputs?: readonly LayerInputs[],
): Promise<Omit<TextEncoderWeights, 'head'>> {
  const { hiddenSize, vocabularySize, heads, maxTokens, relativePositions, tokenTypes } = config;
  const { reader } = importer;
  const types =
    names.tokenTypes !== undefined && tokenTypes > 0
      ? await reader.values(`${names.tokenTypes}.weight`, [tokenTypes, hiddenSize])
      : undefined;
  const keepsTypes = types !== undefined && readsTypes && tokenTypes > 1;
  const everyType = keepsTypes ? undefined : types?.subarray(0, hiddenSize);
  const positions = await readPositions(importer, config, names);
  if (positions && everyType) addToRows(positions, everyType);
  return {
    words: await importer.embedding(names.words, vocabularySize, hiddenSize, positions ? undefined : everyType),
    ...(positions ? { positions: await importer.add(positions) } : {}),
    ...(keepsTypes ? { tokenTypes: await importer.add(types) } : {}),
    ...(names.embeddingNorm === undefined
      ? {}
      : { embeddingNorm: await importer.norm(names.embeddingNorm, hiddenSize) }),
    ...(relativePositions && names.relativePositions !== undefined
      ? {
          relativePositions: await importer.add(
            distanceTable(
              await reader.values(`${names.relativePositions}.weight`, [relativePositions.buckets, heads]),
              heads,
              maxTokens,
              relativePositions,
            ),
          ),
        }
      : {}),
    ...(await importTransformer(importer, config, names, inputs)),
  };
}

/** [maxTokens, hiddenSize]: without the rows before the first token's. */
async function readPositions(
  { reader }: LayerImporter,
  { firstPosition, maxTokens, hiddenSize }: TextEncoderConfig,
  names: TextEncoderNames,
): Promise<Float32Array | undefined> {
  if (firstPosition === undefined || names.positions === undefined) return undefined;
  const table = await reader.values(`${names.positions}.weight`, [firstPosition + maxTokens, hiddenSize]);
  return table.subarray(firstPosition * hiddenSize);
}
