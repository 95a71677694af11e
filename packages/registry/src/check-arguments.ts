import type { Capability, ResolveRequest } from '@ferrum/interfaces';
import type { HostOptions } from './create-host.js';
import { assertPlugin, kindOf } from './define-plugin.js';
import { FerrumError } from './errors.js';
import { assertModelStore } from './register-plugins.js';

/** The longest delay that setTimeout takes, in ms; it fires at once for a longer one. */
const longestTimeoutMs = 2 ** 31 - 1;

/** @throws FerrumError `Config`, `AlreadyExists` for two plugins of the same name. */
export function checkHostOptions(options: HostOptions): void {
  const { plugins, models, idleTimeoutMs, prefer }: Partial<Record<keyof HostOptions, unknown>> = options ?? {};
  if (!Array.isArray(plugins)) {
    throw new FerrumError('Config', `createHost(): plugins must be an array, not ${kindOf(plugins)}.`);
  }
  const names = new Set<string>();
  plugins.forEach((plugin: unknown, index) => {
    assertPlugin(plugin, `createHost(): plugins[${index}]`);
    if (names.has(plugin.name)) {
      const message = `createHost(): two plugins are named ${plugin.name}; pass each once.`;
      throw new FerrumError('AlreadyExists', message, { details: { plugin: plugin.name } });
    }
    names.add(plugin.name);
  });
  if (models !== undefined) assertModelStore(models, 'createHost(): models');
  if (prefer !== undefined && !isListOfStrings(prefer)) {
    throw new FerrumError('Config', 'createHost(): prefer must be a list of engine ids and plugin names.');
  }
  if (idleTimeoutMs !== undefined && !isTimeout(idleTimeoutMs)) {
    const message = `createHost(): idleTimeoutMs must be from 0 to ${longestTimeoutMs} or Infinity, not ${kindOf(idleTimeoutMs)}.`;
    throw new FerrumError('Config', message);
  }
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

function isTimeout(value: unknown): value is number {
  return typeof value === 'number' && (value === Number.POSITIVE_INFINITY || (value >= 0 && value <= longestTimeoutMs));
}

function invalid(parameter: string, expected: string, actual: unknown): FerrumError {
  const message = `${parameter} must be ${expected}, not ${kindOf(actual)}.`;
  return new FerrumError('InvalidParameter', message, { details: { parameter } });
}
