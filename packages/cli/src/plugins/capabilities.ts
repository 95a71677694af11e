import type { Capability } from '@ferrum/interfaces';

export const everyCapability = [
  'text-generation',
  'embedding',
  'reranking',
  'transcription',
  'speech',
  'phonemization',
] as const satisfies readonly Capability[];
