import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseShape, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { type DecoderNames, usualNames } from './signature.js';

/** What the configuration beside a ready-made graph says. */
export interface FolderConfig {
  readonly architecture: string;
  readonly contextLength: number;
  readonly hiddenSize: number;
  readonly heads: number;
  readonly kvHeads: number | undefined;
  readonly headDim: number | undefined;
  /** Whether a layer sees fewer tokens than the context has. */
  readonly slides: boolean;
  readonly names: DecoderNames;
  /** The graph's file, where the configuration names it. */
  readonly graph: string | undefined;
}

/**
 * Reads genai_config.json of onnxruntime-genai, else config.json of Hugging Face.
 * @throws FerrumError `NotFound` without either, `InvalidFormat` for a damaged one, `Unsupported` for a pipeline of graphs.
 */
export async function readFolderConfig(directory: string): Promise<FolderConfig> {
  const genai = await readJson(path.join(directory, 'genai_config.json'));
  if (genai !== undefined) return fromGenai(genai, path.join(directory, 'genai_config.json'));
  const file = path.join(directory, 'config.json');
  const config = await readJson(file);
  if (config === undefined) {
    throw new FerrumError(
      'NotFound',
      `${directory} has neither a config.json nor a genai_config.json, one of which a model in ONNX needs beside it.`,
    );
  }
  return fromHf(config, file);
}

const size = v.pipe(wholeNumber, v.minValue(1));
const name = v.pipe(v.string(), v.minLength(1));
/** `%d` is the layer's number. */
const pattern = v.pipe(name, v.includes('%d'));

const genaiSchema = v.object({
  model: v.object({
    type: name,
    context_length: size,
    decoder: v.object({
      filename: v.optional(name),
      head_size: size,
      hidden_size: size,
      num_attention_heads: size,
      num_hidden_layers: size,
      num_key_value_heads: size,
      pipeline: v.nullish(v.unknown()),
      sliding_window: v.nullish(v.unknown()),
      inputs: v.optional(
        v.object({
          input_ids: v.optional(name),
          attention_mask: v.optional(name),
          position_ids: v.optional(name),
          past_key_names: v.optional(pattern),
          past_value_names: v.optional(pattern),
        }),
        {},
      ),
      outputs: v.optional(
        v.object({
          logits: v.optional(name),
          present_key_names: v.optional(pattern),
          present_value_names: v.optional(pattern),
        }),
        {},
      ),
    }),
  }),
});

function fromGenai(json: unknown, file: string): FolderConfig {
  const { model } = parseShape(genaiSchema, json, file);
  const { inputs, outputs, ...decoder } = model.decoder;
  if (decoder.pipeline !== undefined && decoder.pipeline !== null) {
    throw new FerrumError(
      'Unsupported',
      `${file} describes a decoder cut into a pipeline of graphs; only one is opened.`,
    );
  }
  return {
    architecture: model.type,
    contextLength: model.context_length,
    hiddenSize: decoder.hidden_size,
    heads: decoder.num_attention_heads,
    kvHeads: decoder.num_key_value_heads,
    headDim: decoder.head_size,
    slides: decoder.sliding_window !== undefined && decoder.sliding_window !== null,
    names: {
      inputIds: inputs.input_ids ?? usualNames.inputIds,
      attentionMask: inputs.attention_mask ?? usualNames.attentionMask,
      positionIds: inputs.position_ids ?? usualNames.positionIds,
      pastKey: inputs.past_key_names ?? usualNames.pastKey,
      pastValue: inputs.past_value_names ?? usualNames.pastValue,
      logits: outputs.logits ?? usualNames.logits,
      presentKey: outputs.present_key_names ?? usualNames.presentKey,
      presentValue: outputs.present_value_names ?? usualNames.presentValue,
    },
    graph: decoder.filename,
  };
}

const hfSchema = v.object({
  model_type: name,
  max_position_embeddings: v.nullish(size),
  n_positions: v.nullish(size),
  n_ctx: v.nullish(size),
  max_seq_len: v.nullish(size),
  hidden_size: v.nullish(size),
  n_embd: v.nullish(size),
  num_attention_heads: v.nullish(size),
  n_head: v.nullish(size),
  num_key_value_heads: v.nullish(size),
  head_dim: v.nullish(size),
  sliding_window: v.nullish(size),
  use_sliding_window: v.nullish(v.boolean()),
});

function fromHf(json: unknown, file: string): FolderConfig {
  const config = parseShape(hfSchema, json, file);
  const required = (field: string, value: number | null | undefined): number => {
    if (typeof value === 'number') return value;
    throw new FerrumError('InvalidFormat', `${file}: field "${field}": is missing.`, { details: { field } });
  };
  const contextLength = required(
    'max_position_embeddings',
    config.max_position_embeddings ?? config.n_positions ?? config.n_ctx ?? config.max_seq_len,
  );
  return {
    architecture: config.model_type,
    contextLength,
    hiddenSize: required('hidden_size', config.hidden_size ?? config.n_embd),
    heads: required('num_attention_heads', config.num_attention_heads ?? config.n_head),
    kvHeads: config.num_key_value_heads ?? undefined,
    headDim: config.head_dim ?? undefined,
    slides:
      config.use_sliding_window !== false &&
      typeof config.sliding_window === 'number' &&
      config.sliding_window < contextLength,
    names: usualNames,
    graph: undefined,
  };
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new FerrumError('IO', `Cannot read ${file}: ${String(cause)}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FerrumError('InvalidFormat', `${file} is not valid JSON.`, { cause });
  }
}
