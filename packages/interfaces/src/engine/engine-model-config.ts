import type { ModelInfo } from '../models/model-info.js';
import type { TokenizerConfig } from './tokenizer-config.js';

export interface EngineModelConfig {
  readonly modelId: string;
  readonly modelInfo?: ModelInfo;
  readonly tokenizer?: TokenizerConfig;
}
