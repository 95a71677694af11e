import { isDeepStrictEqual } from 'node:util';
import type { EngineConfig, SamplingParams, SamplingPresets } from '@ferrum/interfaces';
import { describeIssue } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { dictionary, isPlainObject } from './dictionary.js';
import { batchedTokensProblem, optionRanges } from './option-ranges.js';
import { samplingSchema } from './request-schema.js';

/** What can change while requests run, by its place in an EngineConfig. */
const live: Readonly<Record<string, keyof EngineSettings>> = {
  'scheduler.policy': 'policy',
  'scheduler.maxWaitingRequests': 'maxWaitingRequests',
  'scheduler.maxRunningRequests': 'maxRunningRequests',
  'scheduler.enablePreemption': 'enablePreemption',
  'scheduler.priorityAgingMs': 'priorityAgingMs',
  'scheduler.fairShareWeights': 'fairShareWeights',
  'scheduler.prefillStepChunk': 'prefillChunk',
  'scheduler.activeDecodePrefillChunk': 'activeDecodePrefillChunk',
  'batching.maxNumBatchedTokens': 'maxBatchedTokens',
  'kvCache.enablePrefixCaching': 'enablePrefixCaching',
  'kvCache.prefixCacheBytes': 'prefixCacheBytes',
  'sampling.defaultParams': 'defaultParams',
  'sampling.presets': 'presets',
};

/** Each of them copies what it accepts: what the caller does with theirs later changes nothing here. */
const schemas: Readonly<Record<keyof EngineSettings, v.GenericSchema>> = {
  ...optionRanges,
  enablePrefixCaching: v.boolean(),
  defaultParams: samplingSchema,
  presets: dictionary(samplingSchema),
};

/** Why the rest cannot change while the model is open. */
const fixed: Readonly<Record<string, string>> = {
  model: 'another model is another engine',
  backend: 'threads and memory are fixed when the model is opened',
  kvCache: 'keys and values already lie in memory so',
  batching: 'the rows of a run are fixed when the model is opened',
  scheduler: 'this engine has no such mechanism',
  sampling: 'this engine has no such mechanism',
  memory: 'this engine has no such mechanism',
  monitoring: 'this engine has no such mechanism',
};

export interface EngineSettings {
  readonly policy: NonNullable<EngineConfig['scheduler']>['policy'];
  readonly maxWaitingRequests: number;
  readonly maxRunningRequests: number;
  readonly enablePreemption: boolean;
  readonly priorityAgingMs: number;
  readonly fairShareWeights: Readonly<Record<string, number>>;
  readonly prefillChunk: number;
  readonly activeDecodePrefillChunk: number;
  readonly maxBatchedTokens: number;
  readonly enablePrefixCaching: boolean;
  readonly prefixCacheBytes: number;
  readonly defaultParams: Partial<SamplingParams>;
  readonly presets: SamplingPresets;
}

/**
 * The settings that a configuration asks for. What it leaves out stays as it is.
 * @throws FerrumError `Config` naming every field that cannot change, and why; or the value that is wrong.
 */
export function settingsFrom(
  next: EngineConfig,
  current: EngineConfig,
  settings: EngineSettings,
  slots: number,
): EngineSettings {
  const changes = changesOf(next, current);
  const unsafe = changes.filter(({ path }) => !Object.hasOwn(live, path));
  if (unsafe.length > 0) {
    const reasons = unsafe.map(({ section, path }) => `${path} (${reasonOf(section)})`);
    throw new FerrumError(
      'Config',
      `Cannot change ${reasons.join(', ')} while the engine runs. Nothing was changed; open the model anew for that.`,
      { details: { fields: unsafe.map(({ path }) => path) } },
    );
  }
  const changed = changes.map(({ path, value }) => [live[path], accepted(path, value)]);
  const result: EngineSettings = { ...settings, ...Object.fromEntries(changed) };
  if (result.maxRunningRequests > slots) {
    throw wrong('scheduler.maxRunningRequests', `must be at most ${slots}, the rows that the engine was opened with`);
  }
  const problem = batchedTokensProblem(result.maxBatchedTokens, slots);
  if (problem) throw wrong('batching.maxNumBatchedTokens', problem);
  return result;
}

interface Change {
  readonly section: string;
  /** Section and field, or an unknown section alone. */
  readonly path: string;
  readonly value: unknown;
}

/** Fields whose values differ; those that `next` leaves out are not among them. */
function changesOf(next: unknown, current: EngineConfig): Change[] {
  if (!isPlainObject(next)) throw new FerrumError('Config', 'Invalid configuration: it must be an object.');
  return Object.entries(next).flatMap(([section, fields]) => {
    if (fields === undefined) return [];
    if (!Object.hasOwn(fixed, section)) return [{ section, path: section, value: fields }];
    if (!isPlainObject(fields)) throw wrong(section, 'must be an object');
    const now = ownValue(current, section);
    return Object.entries(fields)
      .filter(([name, value]) => value !== undefined && !isDeepStrictEqual(value, ownValue(now, name)))
      .map(([name, value]) => ({ section, path: `${section}.${name}`, value }));
  });
}

function ownValue(object: unknown, name: string): unknown {
  return isPlainObject(object) && Object.hasOwn(object, name) ? object[name] : undefined;
}

function reasonOf(section: string): string {
  return (Object.hasOwn(fixed, section) && fixed[section]) || 'it is not known';
}

function accepted(path: string, value: unknown): unknown {
  const result = v.safeParse(schemas[live[path] as keyof EngineSettings], value, { abortEarly: true });
  if (result.success) return result.output;
  const { field, message } = describeIssue(result.issues);
  throw wrong([path, field].filter(Boolean).join('.'), message);
}

function wrong(field: string, message: string): FerrumError {
  return new FerrumError('Config', `Invalid configuration: \`${field}\` ${message}. Nothing was changed.`, {
    details: { fields: [field] },
  });
}
