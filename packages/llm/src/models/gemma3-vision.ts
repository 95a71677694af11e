import { parseShape } from '@ferrum/models';
import * as v from 'valibot';
import { hfNames } from '../weights/tensor-names.js';
import type { DecoderFamily } from './family.js';
import { gemma3 } from './gemma3.js';

const modelType = 'gemma3';
const schema = v.object({ model_type: v.literal(modelType), text_config: v.looseObject({}) });

/** What `transformers` leaves out of the text_config, as Google's 4B model does (`Gemma3TextConfig`). */
const textDefaults = {
  model_type: 'gemma3_text',
  vocab_size: 262_208,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  max_position_embeddings: 131_072,
  rms_norm_eps: 1e-6,
  sliding_window: 4096,
};

/** Gemma 3 of 4B and more sees pictures as well: this is its language model, which is all that is opened. */
export const gemma3Vision: DecoderFamily = {
  name: 'Gemma 3 with vision (its text part)',
  modelTypes: [modelType],
  fromHf: (json, file) => {
    const { text_config: text } = parseShape(schema, json, file);
    return { ...gemma3.fromHf({ ...textDefaults, ...text }, file), architecture: modelType };
  },
  hfNames: {
    ...hfNames({ sandwichNorms: true, normOffset: 1, prefix: 'language_model.model.' }),
    ignored: /^(vision_tower|multi_modal_projector)\./,
  },
};
