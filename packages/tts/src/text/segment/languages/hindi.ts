import type { LanguageWords } from './language-rules.js';

export const hindi: Partial<LanguageWords> = {
  neverLast: `डॉ डा प्रो श्री कु पं स्व मो`,
  beforeNumber: `सं क्र रु पृ`,
  pausesBefore: `और या लेकिन मगर परंतु क्योंकि कि जो जब जहाँ यदि अगर ताकि तो`,
};
