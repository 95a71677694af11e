import { runConversion } from '@ferrum/models';
import { type DecoderImportJob, importDecoder } from './import-decoder.js';

runConversion((job: DecoderImportJob, onTensor) => importDecoder(job, onTensor));
