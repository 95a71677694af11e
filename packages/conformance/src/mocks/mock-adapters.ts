import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdapterInfo, AdapterSource, LoraMetricsSnapshot } from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { invalidParameter } from './mock-request-checks.js';
import { hashOf } from './mock-vectors.js';

interface Loaded {
  readonly info: Omit<AdapterInfo, 'activeRequests'>;
  activeRequests: number;
  /** Called when nobody uses it any more, once it is to go. */
  onIdle: (() => void) | undefined;
}

export interface AdapterInUse {
  /** How far from where the model itself would begin the mock counts on; 0 where the adapter adds nothing. */
  readonly shift: number;
  readonly release: () => void;
}

/** The adapters of a mock. Of an adapter it reads the configuration, and counts on from another number for requests with it. */
export class MockAdapters {
  readonly #loaded = new Map<string, Loaded>();
  #uses = 0;

  /** Takes PEFT folders. */
  async load(source: AdapterSource, signal?: AbortSignal): Promise<AdapterInfo> {
    const { name, path, scale } = checkSource(source);
    this.#requireFree(name);
    throwIfAborted(signal, 'Loading the adapter');
    const info = { name, path, scale, ...(await readFolder(path)) };
    throwIfAborted(signal, 'Loading the adapter');
    this.#requireFree(name);
    this.#loaded.set(name, { info, activeRequests: 0, onIdle: undefined });
    return { ...info, activeRequests: 0 };
  }

  async unload(name: string): Promise<void> {
    const adapter = this.#loaded.get(name);
    if (!adapter)
      throw new FerrumError('NotFound', `No adapter "${name}" is loaded.`, { details: { parameter: 'name' } });
    this.#loaded.delete(name);
    if (adapter.activeRequests === 0) return;
    await new Promise<void>((resolve) => {
      adapter.onIdle = resolve;
    });
  }

  list(): readonly AdapterInfo[] {
    return [...this.#loaded.values()].map(({ info, activeRequests }) => ({ ...info, activeRequests }));
  }

  /** For a request. @throws FerrumError `RequestValidation` for an adapter that is not loaded */
  use(name: string): AdapterInUse {
    const adapter = this.#loaded.get(name);
    if (!adapter) {
      const message = `Invalid request: adapter: none of the name "${name}" is loaded.`;
      throw new FerrumError('RequestValidation', message, { details: { parameter: 'adapter' } });
    }
    adapter.activeRequests += 1;
    this.#uses += 1;
    const { path, scale } = adapter.info;
    return {
      shift: scale === 0 ? 0 : 1 + ((hashOf(path) + Math.round(2 * Math.abs(scale))) % 16),
      release: () => {
        adapter.activeRequests -= 1;
        if (adapter.activeRequests === 0) adapter.onIdle?.();
      },
    };
  }

  snapshot(): LoraMetricsSnapshot | null {
    if (this.#loaded.size === 0) return null;
    return {
      enabled: true,
      adapterCount: this.#loaded.size,
      activeCacheBindings: this.list().reduce((sum, { activeRequests }) => sum + activeRequests, 0),
      projectionApplications: this.#uses,
      position: 'startup-routing',
      source: 'mock',
    };
  }

  #requireFree(name: string): void {
    if (this.#loaded.has(name)) throw invalidParameter('name', `is "${name}", which another adapter has`);
  }
}

function checkSource(source: AdapterSource): Required<AdapterSource> {
  if (typeof source !== 'object' || source === null) throw invalidParameter('source', 'must be an object');
  const { name, path, scale = 1 } = source;
  if (typeof name !== 'string' || !/^[\w.-]*[\w-][\w.-]*$/.test(name)) {
    throw invalidParameter('name', 'must be letters, digits, `_`, `.` or `-`, and not dots alone');
  }
  if (typeof path !== 'string' || path === '') throw invalidParameter('path', 'must be the path of a PEFT folder');
  if (!Number.isFinite(scale)) throw invalidParameter('scale', `is ${scale}, but must be a number`);
  return { name, path, scale };
}

async function readFolder(path: string): Promise<Pick<AdapterInfo, 'rank' | 'targets' | 'bytes'>> {
  if (!(await requireThere(path)).isDirectory()) throw damaged(path, 'is no folder; the mock knows PEFT folders only');
  const configuration = join(path, 'adapter_config.json');
  const { size } = await requireThere(join(path, 'adapter_model.safetensors'));
  await requireThere(configuration);
  const { r, target_modules: targets } = parsed(configuration, await readFile(configuration, 'utf8'));
  if (!Number.isInteger(r) || Number(r) < 1) throw damaged(configuration, 'has no rank `r`');
  if (!Array.isArray(targets) || targets.length === 0) throw damaged(configuration, 'has no `target_modules`');
  return { rank: Number(r), targets: targets.map(String), bytes: size };
}

async function requireThere(path: string) {
  return stat(path).catch((cause) => {
    throw new FerrumError('NotFound', `There is no ${path}.`, { cause });
  });
}

function parsed(path: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // The same as any other text that is no object.
  }
  throw damaged(path, 'is no JSON object');
}

const damaged = (path: string, problem: string) => new FerrumError('InvalidFormat', `${path} ${problem}.`);
