import path from 'node:path';
import type { LocalModel } from '@ferrum/interfaces';
import { parseShape } from '@ferrum/models';
import * as v from 'valibot';
import { jointTypes } from '../architecture/text/supported.js';
import { readJson } from './sentence-settings.js';

/** How a model's files are opened. */
export type ModelKind = 'text' | 'joint' | 'onnx-text' | 'onnx-joint';

export async function modelKind({ files, directory }: LocalModel): Promise<ModelKind> {
  const names = Object.keys(files);
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
  const isReadyMade = has(/\.onnx$/i) && !has(/\.safetensors$/i) && !has(/\.gguf$/i);
  const file = path.join(directory, 'config.json');
  const { model_type: type } = parseShape(
    v.object({ model_type: v.optional(v.string(), '') }),
    (has(/\.gguf$/i) ? undefined : await readJson(file)) ?? {},
    file,
  );
  if (jointTypes.includes(type)) return isReadyMade ? 'onnx-joint' : 'joint';
  return isReadyMade ? 'onnx-text' : 'text';
}
