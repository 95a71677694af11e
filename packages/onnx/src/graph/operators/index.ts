import { attentionOperators } from './attention.js';
import { convolutionOperators } from './convolution.js';
import { elementwiseOperators } from './elementwise.js';
import { indexingOperators } from './indexing.js';
import { matmulOperators } from './matmul.js';
import { normalizationOperators } from './normalization.js';
import { quantizedOperators } from './quantized.js';
import { reduceOperators } from './reduce.js';
import type { OperatorSchema } from './schema.js';
import { shapeOperators } from './shape.js';

/** Every operator whose nodes are checked. No name occurs in both domains. */
export const operatorSchemas: ReadonlyMap<string, OperatorSchema> = new Map(
  [
    ...elementwiseOperators,
    ...matmulOperators,
    ...shapeOperators,
    ...indexingOperators,
    ...reduceOperators,
    ...convolutionOperators,
    ...normalizationOperators,
    ...attentionOperators,
    ...quantizedOperators,
  ].map((schema) => [schema.name, schema]),
);
