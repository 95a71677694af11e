export { type CacheEntryOptions, ensureCacheEntry } from './cache/cache-entry.js';
export type { HomeVariable } from './cache/file-system-error.js';
export { type LockOptions, withLock } from './cache/lock.js';
export { catalogue } from './catalogue/catalogue.js';
export type { CatalogueEntry, CatalogueFile, CatalogueSource } from './catalogue/catalogue-entry.js';
export {
  type ChatTemplate,
  type ChatTemplateOptions,
  type ChatTemplateSource,
  createChatTemplate,
} from './chat/chat-template.js';
export { type ChatTemplateFiles, chatTemplateFromGguf, loadChatTemplate } from './chat/load-chat-template.js';
export * from './convert/index.js';
export { describeIssue, parseShape, wholeNumber } from './shape.js';
export { npmCommand } from './sources/npm-command.js';
export {
  formatReference,
  type HubReference,
  type ModelReference,
  type NameReference,
  type PackageReference,
  type PathReference,
  parseReference,
  type UrlReference,
} from './sources/reference.js';
export type { InstalledModel } from './store/installed-model.js';
export {
  createModelStore,
  defaultModelStore,
  type FerrumModelStore,
  type ModelDetails,
  type ModelFileDetails,
  type ModelStoreOptions,
} from './store/model-store.js';
export { tokenizerFromGguf } from './tokenizer/gguf-tokenizer.js';
export { ifPresent, readJsonFile } from './tokenizer/json-file.js';
export { loadTokenizer, type TokenizerFiles } from './tokenizer/load-tokenizer.js';
export type {
  DecodeOptions,
  EncodedPrefix,
  EncodeOptions,
  IncrementalDecoder,
  PairTokens,
  PrefixOptions,
  SpecialTokenRole,
  SpecialTokens,
  SurroundingTokens,
  Tokenizer,
} from './tokenizer/tokenizer.js';
export * from './weights/index.js';
