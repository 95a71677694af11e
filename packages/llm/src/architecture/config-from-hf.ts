import { parseShape } from '@ferrum/models';
import * as v from 'valibot';
import { familyOfModelType } from '../models/families.js';
import type { DecoderConfig } from './decoder-config.js';
import { checkDecoderConfig, unsupportedArchitecture } from './supported.js';

const typeSchema = v.object({ model_type: v.string() });

/**
 * Reads the shape of a decoder from a Hugging Face config.json, as `transformers` writes it.
 * @throws FerrumError `Unsupported` for another architecture, activation or rotary scaling, `InvalidFormat` for bad values.
 */
export function configFromHf(json: unknown, file: string): DecoderConfig {
  const { model_type: type } = parseShape(typeSchema, json, file);
  const family = familyOfModelType(type);
  if (!family) throw unsupportedArchitecture(type);
  return checkDecoderConfig(family.fromHf(json, file));
}
