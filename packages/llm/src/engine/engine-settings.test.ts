import type { EngineConfig } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presets } from '../sampling/presets.js';
import { type EngineSettings, settingsFrom } from './engine-settings.js';

const settings: EngineSettings = {
  policy: 'priority',
  maxWaitingRequests: 10,
  maxRunningRequests: 2,
  enablePreemption: true,
  priorityAgingMs: 5000,
  fairShareWeights: {},
  prefillChunk: 64,
  activeDecodePrefillChunk: 32,
  maxBatchedTokens: 128,
  enablePrefixCaching: true,
  prefixCacheBytes: 1024,
  defaultParams: {},
  presets,
};
const current = {
  model: { modelId: 'fake' },
  scheduler: { policy: 'priority', fairShareWeights: {} },
  batching: { maxNumBatchedTokens: 128 },
} as unknown as EngineConfig;
const slots = 2;
const apply = (next: unknown) => settingsFrom(next as EngineConfig, current, settings, slots);

describe('settingsFrom', () => {
  it('keeps what is left out, undefined or as it was', () => {
    const next = {
      scheduler: { policy: 'priority', maxWaitingRequests: 3 },
      batching: undefined,
      model: { modelId: 'fake' },
    };
    expect(apply(next)).toEqual({ ...settings, maxWaitingRequests: 3 });
  });

  it.each([
    ['nothing', null, []],
    ['a list', [], []],
    ['a text', 'sjf', []],
    ['a section that Object.prototype has', { toString: 5 }, ['toString']],
    ['a section that is not known', { nonsense: {} }, ['nonsense']],
    ['a section by the name of a field', { 'scheduler.policy': { x: 1 } }, ['scheduler.policy']],
    ['a section that is a number', { scheduler: 5 }, ['scheduler']],
    ['a section that is null', { scheduler: null }, ['scheduler']],
    ['a section that is a list', { batching: [] }, ['batching']],
    ['a section that is a map', { sampling: new Map() }, ['sampling']],
    ['a fixed section that is a number', { model: 5 }, ['model']],
    ['a prototype for a section', JSON.parse('{"__proto__": {"policy": "sjf"}}'), ['__proto__']],
    ['a prototype for a field', { scheduler: JSON.parse('{"__proto__": 5}') }, ['scheduler.__proto__']],
    ['a field that Object.prototype has', { scheduler: { toString: 5 } }, ['scheduler.toString']],
    ['a field with a dot', { scheduler: { 'policy.x': 'priority' } }, ['scheduler.policy.x']],
    ['a value that is null', { scheduler: { policy: null } }, ['scheduler.policy']],
    ['a client that is a prototype', weights('__proto__'), ['scheduler.fairShareWeights.__proto__']],
    ['a client that is a constructor', weights('constructor'), ['scheduler.fairShareWeights.constructor']],
    [
      'a preset that is a prototype',
      { sampling: { presets: JSON.parse('{"__proto__": {}}') } },
      ['sampling.presets.__proto__'],
    ],
    ['a preset that is a list', { sampling: { presets: { mine: [] } } }, ['sampling.presets.mine']],
    ['too few tokens a step', { batching: { maxNumBatchedTokens: 2 } }, ['batching.maxNumBatchedTokens']],
    ['too many rows', { scheduler: { maxRunningRequests: 3 } }, ['scheduler.maxRunningRequests']],
    ['too small a chunk', { scheduler: { prefillStepChunk: 2 } }, ['scheduler.prefillStepChunk']],
  ])('refuses %s', (_name, next, fields) => {
    expect(() => apply(next)).toThrow(
      expect.objectContaining({ code: 'Config', details: fields.length > 0 ? { fields } : {} }),
    );
  });

  it('says how many tokens a step needs', () => {
    expect(() => apply({ batching: { maxNumBatchedTokens: 2 } })).toThrow(
      /is 2, but must be at least 3:.*3 tokens of a prompt/,
    );
  });

  it('throws nothing but Config, whatever it is given', () => {
    const section = fc.oneof(
      fc.anything(),
      fc.dictionary(fc.constantFrom('policy', 'presets', '__proto__'), fc.anything()),
    );
    const config = fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom('scheduler', 'sampling', 'valueOf'), section));
    fc.assert(
      fc.property(config, (next) => {
        try {
          apply(next);
        } catch (error) {
          if (!FerrumError.isInstance(error) || error.code !== 'Config') throw error;
        }
      }),
    );
  });

  it('keeps copies, so that what the caller changes later changes nothing', () => {
    const fairShareWeights = { a: 2 };
    const mine = {
      temperature: 0.5,
      stopSequences: ['x'],
      logitBias: { 1: 2 },
      mirostat: { mode: 2, tau: 5, eta: 0.1 },
    };
    const sampling = { presets: { mine }, defaultParams: { stopTokens: [1] } };
    const result = apply({ scheduler: { fairShareWeights }, sampling });
    const before = structuredClone(result);
    fairShareWeights.a = -1;
    mine.stopSequences.push('');
    mine.logitBias[1] = Number.NaN;
    mine.mirostat.tau = 1e308;
    sampling.defaultParams.stopTokens.push(-1);
    expect(result).toEqual(before);
  });
});

function weights(client: string): unknown {
  return { scheduler: { fairShareWeights: JSON.parse(`{"${client}": 2}`) } };
}
