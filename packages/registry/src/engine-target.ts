import type {
  Capability,
  CapabilityMap,
  EngineContext,
  ModelManifest,
  ModelStore,
  ResolveRequest,
} from '@ferrum/interfaces';
import { asFerrumError } from './as-ferrum-error.js';
import { faultOf } from './engine-fault.js';
import { engineKey } from './engine-key.js';
import type { Engine, EngineTarget, PooledEngine, PooledLease } from './pooled-engine.js';
import type { RegisteredEngine } from './resolution.js';

/** How an engine gets another one of its host. */
export type LeaseForEngine = (
  capability: Capability,
  request: ResolveRequest,
  dependent: PooledEngine,
) => Promise<PooledLease>;

export interface EngineTargetInputs {
  readonly engine: RegisteredEngine;
  /** As the caller wrote it. */
  readonly reference: string;
  readonly model: ModelManifest;
  readonly models: ModelStore | undefined;
  readonly options: Readonly<Record<string, unknown>>;
  readonly lease: LeaseForEngine;
}

/** Puts a descriptor and what it is to open into the terms of the pool. */
export function engineTarget({ engine, reference, model, models, options, lease }: EngineTargetInputs): EngineTarget {
  const { descriptor, plugin } = engine;
  const what = `${descriptor.id} (plugin ${plugin}) could not open model ${reference}`;
  return {
    key: engineKey(descriptor.id, reference, options),
    descriptorId: descriptor.id,
    plugin,
    capability: descriptor.capability,
    model: reference,
    async create(pooled) {
      const { signal, onProgress } = pooled.opening;
      const context: EngineContext = {
        model,
        ...(models && { models }),
        options,
        signal,
        onProgress,
        async resolve<D extends Capability>(capability: D, request: ResolveRequest) {
          const held = await lease(capability, request, pooled);
          pooled.hold(held);
          // The engine of a descriptor is that of its capability; resolution compared the capability.
          return held.engine as CapabilityMap[D];
        },
      };
      try {
        return disposable(await descriptor.create(context));
      } catch (thrown) {
        throw asFerrumError(thrown, what);
      }
    },
    faultOf: (created) => faultOf(created, engine, reference),
    async dispose(created: Closable) {
      if (created[Symbol.asyncDispose] !== undefined) await created[Symbol.asyncDispose]?.();
      else await created.shutdown?.();
    },
  };
}

/** Engines have both by contract; one written in JavaScript, or for a runtime without the symbol, may have only the other. */
interface Closable {
  [Symbol.asyncDispose]?(): PromiseLike<void>;
  shutdown?(): Promise<void>;
}

/** An engine that cannot be closed would leak what it holds, so it is refused while its maker is looking. */
function disposable(engine: unknown): Engine {
  const made: { shutdown?: unknown; [Symbol.asyncDispose]?: unknown } = engine ?? {};
  if (typeof made[Symbol.asyncDispose] === 'function' || typeof made.shutdown === 'function') return engine as Engine;
  throw new Error('create() did not return an engine with [Symbol.asyncDispose]() or shutdown()');
}
