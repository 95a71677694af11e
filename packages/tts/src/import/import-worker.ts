import { runConversion } from '@ferrum/models';
import { type ImportJob, runImport } from './import-job.js';

runConversion<ImportJob>(runImport);
