import { setTimeout as sleep } from 'node:timers/promises';
import { vitestRunner } from '../runner/vitest-runner.js';
import { describeTextGeneration } from '../text-generation/describe-text-generation.js';
import { mockAdapter } from '../text-generation/testing/mock-adapter.js';
import { mockLanguageModel } from './mock-language-model.js';
import { mockLanguageModelFeatures } from './mock-request.js';

const paced = { beforePiece: () => sleep(1), contextLength: 400 };

describeTextGeneration(vitestRunner, async () => mockLanguageModel(paced).engine, {
  name: 'the mock language model',
  features: mockLanguageModelFeatures,
  contextLength: 400,
  adapter: mockAdapter(),
});

describeTextGeneration(vitestRunner, async () => mockLanguageModel({ ...paced, features: [] }).engine, {
  name: 'a mock language model without features',
  features: [],
});
