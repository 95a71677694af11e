import type { Capability, ResolveRequest } from '@ferrum/interfaces';
import type { HostOptions } from './create-host.js';
import { kindOf } from './define-plugin.js';
import { FerrumError } from './errors.js';
import { assertModelStore } from './staged-registrations.js';
import { assertTimeLimit } from './time-limits.js';

/** The plugins themselves are looked at one by one, when each registers. @throws FerrumError `Config`. */
export function checkHostOptions(options: HostOptions): void {
  const given: Partial<Record<keyof HostOptions, unknown>> = options ?? {};
  const { plugins, models, prefer, idleTimeoutMs, registrationTimeoutMs } = given;
  const { matchTimeoutMs, openTimeoutMs, closeTimeoutMs } = given;
  if (!Array.isArray(plugins)) {
    throw new FerrumError('Config', `createHost(): plugins must be an array, not ${kindOf(plugins)}.`);
  }
  if (models !== undefined) assertModelStore(models, 'createHost(): models');
  if (prefer !== undefined && !isListOfStrings(prefer)) {
    throw new FerrumError('Config', 'createHost(): prefer must be a list of engine ids and plugin names.');
  }
  const times = { idleTimeoutMs, registrationTimeoutMs, matchTimeoutMs, openTimeoutMs, closeTimeoutMs };
  for (const [name, value] of Object.entries(times)) assertTimeLimit(value, `createHost(): ${name}`);
}

/** @throws FerrumError `InvalidParameter` naming the parameter. */
export function checkResolveRequest(capability: Capability, request: ResolveRequest): void {
  const given: Partial<Record<keyof ResolveRequest, unknown>> = request ?? {};
  if (typeof capability !== 'string') throw invalid('capability', 'a string such as text-generation', capability);
  const { model, features, prefer, options, signal, onProgress } = given;
  if (typeof model !== 'string' || model === '') throw invalid('model', 'a model name, source or path', model);
  if (features !== undefined && !isListOfStrings(features)) throw invalid('features', 'a list of strings', features);
  if (prefer !== undefined && !isListOfStrings(prefer)) throw invalid('prefer', 'a list of strings', prefer);
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options))) {
    throw invalid('options', 'an object', options);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid('signal', 'an AbortSignal', signal);
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalid('onProgress', 'a function', onProgress);
  }
}

function isListOfStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function invalid(parameter: string, expected: string, actual: unknown): FerrumError {
  const message = `${parameter} must be ${expected}, not ${kindOf(actual)}.`;
  return new FerrumError('InvalidParameter', message, { details: { parameter } });
}
