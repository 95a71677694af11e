import { groupQueryAttention } from './group-query-attention.js';
import { multiHeadAttention } from './multi-head-attention.js';
import { rotaryEmbedding } from './rotary-embedding.js';
import type { OperatorSchema } from './schema.js';

export const attentionOperators: readonly OperatorSchema[] = [groupQueryAttention, multiHeadAttention, rotaryEmbedding];
