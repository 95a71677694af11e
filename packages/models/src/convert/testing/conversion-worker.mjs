// What the tests run in a thread: plain JavaScript over the built package, as an installed one is.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { FerrumError } from '@ferrum/registry/errors';
import { runConversion } from '../../../dist/index.js';

const conversions = {
  async counts({ tensors }, onTensor) {
    for (let i = 1; i <= tensors; i++) onTensor(i, tensors);
  },
  async refuses() {
    throw new FerrumError('InvalidFormat', 'The header is cut off.', { details: { offset: 17, file: 'a.gguf' } });
  },
  async reads({ file }) {
    await readFile(file);
  },
  async errs() {
    throw new TypeError('x is not a function');
  },
  async throws() {
    throw 'a text';
  },
  async exits() {
    process.exit(3);
  },
  async crashes() {
    setImmediate(() => {
      throw new RangeError('beyond the end');
    });
    await sleep(60_000);
  },
  async hangs(_job, onTensor) {
    onTensor(1, 2);
    await sleep(60_000);
  },
};

runConversion((job, onTensor) => conversions[job.name](job, onTensor));
