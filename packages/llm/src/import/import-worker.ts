import { runConversion } from '@ferrum/models';
import type { ImportJob } from './import-in-worker.js';
import { importModel } from './import-model.js';

runConversion(({ location, directory, storage, libraryPath, contextLength }: ImportJob, onTensor) =>
  importModel(location, directory, storage, onTensor, libraryPath, contextLength),
);
