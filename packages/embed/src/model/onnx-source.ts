import path from 'node:path';
import type { LocalModel } from '@ferrum/interfaces';
import { parseShape, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { textArchitectures } from '../architecture/text/supported.js';
import { requireJson, type SentenceSettings, tokenizerLimit } from './sentence-settings.js';
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
  local: LocalModel,
  purpose: TextPurpose,
  overrides: TextOverrides,
): Promise<OnnxTextSource> {
  const { directory } = local;
  const file = path.join(directory, 'config.json');
  const json = await requireJson(file);
  if (purpose === 'reranking') requireOneLabel(json, file);
  const sentence = purpose === 'reranking' ? scored : await sentenceSettings(directory, overrides);
  const { vocab_size: vocabularySize, model_type: architecture } = parseShape(
    v.object({ vocab_size: size, model_type: v.optional(v.string(), 'unknown') }),
    json,
    file,
  );
  const limit = await maxTokensOf(json, directory, file);
  const wanted = purpose === 'reranking' ? await tokenizerLimit(directory) : sentence.maxTokens;
  const maxTokens = Math.min(wanted ?? limit, limit);
  const { pooling, dense: _, ...settings } = sentence;
  return {
    graph: findOnlyGraph(local) ?? findGraph(local, 'model.onnx'),
    settings: { ...settings, includesPrompt: pooling.includesPrompt, maxTokens },
    sentence,
    vocabularySize,
    architecture,
    limit,
  };
}

/** What a graph that scores needs none of: the modules.json of a cross-encoder has no Pooling. */
const scored: SentenceSettings = {
  pooling: { modes: [], includesPrompt: true },
  dense: [],
  normalizes: false,
  lowercases: false,
  prompts: {},
};

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

/** Such as one that the caller named; of several the usual name decides. */
function findOnlyGraph({ files }: LocalModel): string | undefined {
  const graphs = Object.keys(files).filter((name) => /\.onnx$/i.test(name));
  return graphs.length === 1 ? files[graphs[0] as string] : undefined;
}

/** Looked for in `onnx/` and beside config.json. */
export function findGraph({ files, directory }: LocalModel, name: string): string {
  const file = files[`onnx/${name}`] ?? files[name];
  if (file !== undefined) return file;
  throw new FerrumError(
    'NotFound',
    `${directory} has no ${name}, neither there nor in onnx/; other names of graphs are not looked for.`,
  );
}
