import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type ExternalData, findDroppedPresentOutputs, type OnnxTensor, readModel, writeModel } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import type { FolderConfig } from './folder-config.js';
import { decoderFiles, writeLayout } from './layout.js';
import { rewriteDecoder } from './rewrite-decoder.js';
import { readSignature } from './signature.js';

/** Part of every cache key: raise it when rewritten graphs change. */
export const decoderImportVersion = 1;

export interface DecoderImportJob {
  readonly graph: string;
  readonly config: FolderConfig;
  readonly directory: string;
}

/**
 * Writes a ready-made decoder as the engine needs it: its graph rewritten, its weights as they are, in one file.
 * @throws FerrumError `Unsupported` for a graph that is no such decoder, `InvalidFormat`, `NotFound` or `IO` for files that
 * are damaged, missing or unreadable.
 */
export async function importDecoder(
  { graph, config, directory }: DecoderImportJob,
  onTensor: (completed: number, total: number) => void,
): Promise<void> {
  const model = await readModel(graph);
  const [dropped] = findDroppedPresentOutputs(model);
  if (dropped) {
    throw new FerrumError(
      'Unsupported',
      `${graph}: the attention ${dropped.node} does not give out its ${dropped.output} (${dropped.reason}).`,
    );
  }
  const signature = readSignature(model, config.names, graph);
  const rewritten = rewriteDecoder(model, signature, config, graph);
  await writeModel(path.join(directory, decoderFiles.graph), rewritten.model, {
    readExternal: (reference, tensor) => readExternal(graph, reference, tensor),
    onTensor,
  });
  await writeLayout(directory, rewritten.layout);
}

/** Files that hold tensors of a graph, beside itself. @throws FerrumError `NotFound` for one that is not there. */
export async function externalFilesOf(graph: string): Promise<readonly string[]> {
  const model = await readModel(graph);
  const files = new Map<string, OnnxTensor>();
  for (const tensor of model.graph.initializers) {
    if (tensor.data.kind === 'external') files.set(locate(graph, tensor.data.reference), tensor);
  }
  for (const [file, tensor] of files) {
    const isThere = await stat(file).then(
      (entry) => entry.isFile(),
      () => false,
    );
    if (!isThere) throw missing(graph, file, tensor);
  }
  return [...files.keys()].sort();
}

async function* readExternal(graph: string, reference: ExternalData, tensor: OnnxTensor): AsyncGenerator<Uint8Array> {
  const { offset, byteLength } = reference;
  if (byteLength === 0) return;
  const file = locate(graph, reference);
  const { size } = await stat(file).catch(() => {
    throw missing(graph, file, tensor);
  });
  if (offset + byteLength > size) {
    throw new FerrumError(
      'InvalidFormat',
      `${file} has ${size} bytes, but the tensor "${tensor.name}" of ${path.basename(graph)} lies in bytes ${offset} to ` +
        `${offset + byteLength}; the file was cut off, or belongs to another model.`,
      { details: { file, offset } },
    );
  }
  yield* createReadStream(file, { start: offset, end: offset + byteLength - 1, highWaterMark: 4 * 1024 * 1024 });
}

/** External data lie in the graph's folder or below. */
function locate(graph: string, { location }: ExternalData): string {
  const folder = path.dirname(path.resolve(graph));
  const file = path.resolve(folder, location);
  if (file.startsWith(folder + path.sep)) return file;
  throw new FerrumError('InvalidFormat', `${graph} refers to "${location}", which is outside its folder.`, {
    details: { file: graph },
  });
}

function missing(graph: string, file: string, tensor: OnnxTensor): FerrumError {
  return new FerrumError(
    'NotFound',
    `${file} is missing; ${path.basename(graph)} keeps tensors in it (such as "${tensor.name}"), so it must lie beside it.`,
    { details: { file } },
  );
}
