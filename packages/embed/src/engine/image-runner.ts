import { imageChannels, type Session, Tensor } from '@ferrum/onnx';
import type { BatchRunner } from '../batching/batch-queue.js';
import { takeRows } from './text-tensors.js';

/** Runs an image encoder over batches. An input is float32 [3, height, width], normalised. */
export class ImageRunner implements BatchRunner<Float32Array> {
  constructor(
    private readonly session: Session,
    private readonly size: { readonly height: number; readonly width: number },
    private readonly names: { readonly input: string; readonly output: string },
  ) {}

  async run(images: readonly Float32Array[], signal?: AbortSignal): Promise<readonly Float32Array[]> {
    const { height, width } = this.size;
    const values = imageChannels * height * width;
    const pixels = new Float32Array(images.length * values);
    for (const [row, image] of images.entries()) pixels.set(image, row * values);
    const { input, output: name } = this.names;
    const inputs = { [input]: Tensor.from('float32', [images.length, imageChannels, height, width], pixels) };
    const { [name]: output } = await this.session.run(inputs, [name], signal ? { signal } : {});
    return takeRows(output as Tensor, images.length);
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }
}
