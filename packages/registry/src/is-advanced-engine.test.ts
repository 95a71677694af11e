import type { AdvancedInferenceEngine, LlmInferenceEngine } from '@ferrum/interfaces';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { isAdvancedEngine } from './is-advanced-engine.js';

const methods = [
  'inferBatch',
  'inferSpeculative',
  'warmup',
  'reconfigure',
  'diagnostics',
  'exportState',
  'importState',
];
const engineWith = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, () => undefined])) as unknown as LlmInferenceEngine;

describe('isAdvancedEngine', () => {
  it('wants every one of the seven calls', () => {
    expect(isAdvancedEngine(engineWith(methods))).toBe(true);
    for (const missing of methods) {
      expect(isAdvancedEngine(engineWith(methods.filter((name) => name !== missing)))).toBe(false);
    }
  });

  it('tells the compiler', () => {
    const engine = engineWith(methods);
    if (isAdvancedEngine(engine)) expectTypeOf(engine).toExtend<AdvancedInferenceEngine>();
  });
});
