import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelManifest, PullOptions } from '@ferrum/interfaces';
import type { FerrumModelStore, InstalledModel } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry';

export interface FakeStoreOptions {
  readonly home?: string;
  readonly installed?: readonly InstalledModel[];
  /** Of every model, in tokens. */
  readonly contextLength?: number;
  /** What `pull` does. */
  readonly pull?: (options: PullOptions) => Promise<void>;
}

/** A store that knows `tiny` and whatever is installed. */
export function fakeStore({ home, installed = [], contextLength, pull }: FakeStoreOptions = {}): FerrumModelStore {
  const models = new Map(installed.map((model) => [model.reference, model]));
  const folder = home ?? join(tmpdir(), 'ferrum-cli-test');
  const inspect = async (reference: string): Promise<ModelManifest> => {
    if (reference === 'tiny' || models.has(reference)) {
      const facts = { license: 'MIT', sizeBytes: 98_362_432, capabilities: ['text-generation'] } as const;
      return { reference, ...facts, ...(contextLength !== undefined && { contextLength }) };
    }
    throw new FerrumError('NotFound', `There is no model ${reference}. Did you mean tiny?`);
  };
  return {
    id: '@ferrum/models',
    home: folder,
    cacheDirectory: folder,
    offline: false,
    catalogue: [],
    inspect,
    pull: async (reference, options = {}) => {
      const manifest = await inspect(reference);
      await pull?.(options);
      return { manifest, directory: join(folder, 'tiny'), files: {} };
    },
    list: async () => [...models.values()],
    show: async (reference) => ({ manifest: await inspect(reference), sources: [], files: [] }),
    remove: async (reference) => {
      const model = models.get(reference);
      if (!model) throw new FerrumError('NotFound', `${reference} is not on this machine.`);
      models.delete(reference);
      return { freedBytes: model.sizeBytes };
    },
  };
}
