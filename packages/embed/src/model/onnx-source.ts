import { stat } from 'node:fs/promises';
import path from 'node:path';
import { parseShape, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { textArchitectures } from '../architecture/text/supported.js';
import { tokenizerLimit, requireJson, type SentenceSettings } from './sentence-settings.js';
import {
  requireOneLabel,
  sentenceSettings,
  type TextOverrides,
  type TextPurpose,
  type TextSettings,
} from './text-source.js';

/** Ready-made graphs of a text model, as Optimum and its kin export them. */
export interface OnnxTextSource {
  readonly graph: string;
  readonly settings: TextSettings;
  readonly sentence: SentenceSettings;
  readonly vocabularySize: number;
  readonly architecture: string;
  /** The longest text that the encoder can read. */
  readonly limit: number;
}

/** @throws FerrumError `NotFound` without a graph, `Unsupported` for what cannot be opened so. */
export async function openOnnxTextSource(
  directory: string,
  purpose: TextPurpose,
  overrides: TextOverrides,
): Promise<OnnxTextSource> {
  const file = path.join(directory, 'config.json');
  const json = await requireJson(file);
  if (purpose === 'reranking') requireOneLabel(json, file);
  const sentence = await sentenceSettings(directory, overrides);
  const { vocab_size: vocabularySize, model_type: architecture } = parseShape(
    v.object({ vocab_size: size, model_type: v.optional(v.string(), 'unknown') }),
    json,
    file,
  );
  const limit = await maxTokensOf(json, directory, file);
  const maxTokens = Math.min(purpose === 'embedding' ? (sentence.maxTokens ?? limit) : limit, limit);
  const { pooling, dense: _, ...settings } = sentence;
  return {
    graph: await findGraph(directory, ['model.onnx']),
    settings: { ...settings, includesPrompt: pooling.includesPrompt, maxTokens },
    sentence,
    vocabularySize,
    architecture,
    limit,
  };
}

const size = v.pipe(wholeNumber, v.minValue(1));

async function maxTokensOf(json: unknown, directory: string, file: string): Promise<number> {
  const { model_type: type, max_position_embeddings: positions } = parseShape(
    v.object({ model_type: v.optional(v.string(), ''), max_position_embeddings: v.nullish(size) }),
    json,
    file,
  );
  const known = textArchitectures.find(({ types }) => types.includes(type));
  if (known) return known.readConfig(json, file).maxTokens;
  const length = await tokenizerLimit(directory);
  const limits = [positions, length].filter((limit) => typeof limit === 'number');
  if (limits.length > 0) return Math.min(...limits);
  throw new FerrumError('InvalidFormat', `${file} does not say how long a text may be (max_position_embeddings).`);
}

/** Looked for in `onnx/` and beside config.json. */
export async function findGraph(directory: string, names: readonly string[]): Promise<string> {
  for (const name of names) {
    for (const file of [path.join(directory, 'onnx', name), path.join(directory, name)]) {
      const isThere = await stat(file).then(
        (found) => found.isFile(),
        () => false,
      );
      if (isThere) return file;
    }
  }
  throw new FerrumError(
    'NotFound',
    `${directory} holds none of ${names.join(', ')}, neither there nor in onnx/; other names of graphs are not looked for.`,
  );
}
