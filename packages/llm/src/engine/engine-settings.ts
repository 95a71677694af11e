import { isDeepStrictEqual } from 'node:util';
import type { EngineConfig, SamplingParams, SamplingPresets } from '@ferrum/interfaces';
import { describeIssue, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { samplingSchema } from './request-schema.js';
import { smallestChunk } from './scheduling/scheduler.js';

const atLeastOne = v.pipe(wholeNumber, v.minValue(1));
const countable = v.pipe(wholeNumber, v.minValue(0));
const chunk = v.pipe(wholeNumber, v.minValue(smallestChunk));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));

/** What can change while requests run, by its place in an EngineConfig. */
const live = {
  'scheduler.policy': v.picklist(['fcfs', 'priority', 'fair-share', 'sjf']),
  'scheduler.maxWaitingRequests': countable,
  'scheduler.maxRunningRequests': atLeastOne,
  'scheduler.enablePreemption': v.boolean(),
  'scheduler.priorityAgingMs': positive,
  'scheduler.fairShareWeights': v.record(v.string(), positive),
  'scheduler.prefillStepChunk': chunk,
  'scheduler.activeDecodePrefillChunk': chunk,
  'batching.maxNumBatchedTokens': atLeastOne,
  'kvCache.enablePrefixCaching': v.boolean(),
  'kvCache.prefixCacheBytes': countable,
  'sampling.defaultParams': samplingSchema,
  'sampling.presets': v.record(v.string(), samplingSchema),
} as const;

type LivePath = keyof typeof live;

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
  const changed = changedPaths(next, current);
  const unsafe = changed.filter((path) => !(path in live));
  if (unsafe.length > 0) {
    const reasons = unsafe.map((path) => `${path} (${fixed[path.split('.')[0] as string] ?? 'it is not known'})`);
    throw new FerrumError(
      'Config',
      `Cannot change ${reasons.join(', ')} while the engine runs. Nothing was changed; open the model anew for that.`,
      { details: { fields: unsafe } },
    );
  }
  for (const path of changed) check(path as LivePath, at(next, path));
  const { scheduler, batching, kvCache, sampling } = next;
  const result: EngineSettings = {
    policy: scheduler?.policy ?? settings.policy,
    maxWaitingRequests: scheduler?.maxWaitingRequests ?? settings.maxWaitingRequests,
    maxRunningRequests: scheduler?.maxRunningRequests ?? settings.maxRunningRequests,
    enablePreemption: scheduler?.enablePreemption ?? settings.enablePreemption,
    priorityAgingMs: scheduler?.priorityAgingMs ?? settings.priorityAgingMs,
    fairShareWeights: scheduler?.fairShareWeights ?? settings.fairShareWeights,
    prefillChunk: scheduler?.prefillStepChunk ?? settings.prefillChunk,
    activeDecodePrefillChunk: scheduler?.activeDecodePrefillChunk ?? settings.activeDecodePrefillChunk,
    maxBatchedTokens: batching?.maxNumBatchedTokens ?? settings.maxBatchedTokens,
    enablePrefixCaching: kvCache?.enablePrefixCaching ?? settings.enablePrefixCaching,
    prefixCacheBytes: kvCache?.prefixCacheBytes ?? settings.prefixCacheBytes,
    defaultParams: sampling?.defaultParams ?? settings.defaultParams,
    presets: sampling?.presets ?? settings.presets,
  };
  if (result.maxRunningRequests > slots) {
    throw wrong('scheduler.maxRunningRequests', `must be at most ${slots}, the rows that the engine was opened with`);
  }
  if (result.maxBatchedTokens < slots) {
    throw wrong('batching.maxNumBatchedTokens', `must be at least ${slots}, one for each row`);
  }
  return result;
}

function check(path: LivePath, value: unknown): void {
  const result = v.safeParse(live[path] as v.GenericSchema, value, { abortEarly: true });
  if (result.success) return;
  const { field, message } = describeIssue(result.issues);
  throw wrong([path, field].filter(Boolean).join('.'), message);
}

function wrong(field: string, message: string): FerrumError {
  return new FerrumError('Config', `Invalid configuration: \`${field}\` ${message}. Nothing was changed.`, {
    details: { fields: [field] },
  });
}

/** Dotted paths of one or two names whose values differ; those that `next` leaves out are not among them. */
function changedPaths(next: EngineConfig, current: EngineConfig): string[] {
  return Object.entries(next).flatMap(([section, fields]) => {
    if (fields === undefined) return [];
    if (typeof fields !== 'object' || fields === null) return [section];
    return Object.entries(fields)
      .filter(([name, value]) => value !== undefined && !isDeepStrictEqual(value, at(current, `${section}.${name}`)))
      .map(([name]) => `${section}.${name}`);
  });
}

function at(config: EngineConfig, path: string): unknown {
  const [section, name] = path.split('.') as [string, string];
  const fields = (config as unknown as Record<string, Record<string, unknown> | undefined>)[section];
  return fields?.[name];
}
