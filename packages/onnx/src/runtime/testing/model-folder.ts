import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeModel, type TestModel } from './onnx-model.js';

/** A temporary folder for a test's model files. */
export class ModelFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'ferrum-onnx-'));
  #files = 0;

  /** Writes a model and returns the path of its file. */
  write(model: TestModel): string {
    return this.writeBytes(encodeModel(model));
  }

  writeBytes(bytes: Uint8Array): string {
    const path = join(this.path, `model-${this.#files++}.onnx`);
    writeFileSync(path, bytes);
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
