export { type ConversionOptions, convertInWorker } from './convert-in-worker.js';
export { ensureConverted } from './ensure-converted.js';
export { runConversion, type TensorListener } from './run-conversion.js';
export { TensorReader, type TensorRows } from './tensor-reader.js';
export { weightFilesOf, weightsOf } from './weights-of.js';
