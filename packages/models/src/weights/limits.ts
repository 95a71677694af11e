/**
 * Bounds on what a header may make us hold, far above any real model: a hostile file must not exhaust the heap before it is
 * found out. The largest known headers are about 20 MB with 100,000 tensors.
 */
export const maxGgufHeaderBytes = 128 * 1024 * 1024;

/** Names, shapes and scalars of a CTranslate2 file, without the data that lies among them. */
export const maxCtranslate2HeaderBytes = 128 * 1024 * 1024;

/** The limit of the safetensors specification; applied to its index files too. */
export const maxSafetensorsHeaderBytes = 100_000_000;

export const maxTensors = 1 << 20;

/** Of GGUF. */
export const maxMetadataEntries = 1 << 16;

/** Members of one JSON object: as many as there may be tensors. Also the values that a reader may pass over. */
export const maxJsonMembers = maxTensors;

/** Strings or booleans in one metadata array; numbers are bounded by the header's bytes. */
export const maxArrayItems = 1 << 24;

/** ggml itself stops at 4. */
export const maxDimensions = 8;
