import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ServedModel, ServerSettings } from '@ferrum/server';
import { requireAdapters } from '../adapter-argument.js';
import type { CommandContext } from '../context.js';
import type { EngineFlags } from '../engine-flags.js';
import { configurationError } from './configuration-error.js';

/**
 * That the adapters of flags and configuration are there: a model opens when a client first asks for it, which is late to
 * learn of a wrong path.
 *
 * @throws FerrumError `InvalidParameter`
 */
export async function requireServedAdapters(
  { models = [] }: { readonly models: readonly ServedModel[] | undefined },
  { lora = {} }: EngineFlags,
  { environment }: CommandContext,
): Promise<void> {
  const folder = environment.workingDirectory();
  await requireAdapters(lora, folder);
  for (const { model, id = model, adapters = {} } of models) {
    await requireAdapters(adapters, folder, (name, path) => `the adapter ${name} of ${id}, ${path}`);
  }
}

/**
 * With the folder of adapters as an absolute path.
 *
 * @param source Who set it.
 * @throws FerrumError `Config` when it is not there: clients would be the first to learn.
 */
export async function withAdapterDirectory(
  settings: ServerSettings,
  source: string | undefined,
  folder: string,
): Promise<ServerSettings> {
  const { adapterDirectory: given } = settings;
  if (given === undefined) return settings;
  const adapterDirectory = resolve(folder, given);
  const found = await stat(adapterDirectory).catch(() => undefined);
  if (found?.isDirectory()) return { ...settings, adapterDirectory };
  const problem = found ? 'is no folder' : 'is not there';
  const message = `${source ?? 'adapterDirectory'}: ${given} ${problem}. Name the folder from which clients may load adapters.`;
  throw configurationError(message, 'adapterDirectory');
}
