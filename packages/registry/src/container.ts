import { removeReflectStub } from './reflect-stub.js';

// tsyringe must be evaluated after the stub: this comment, set apart, keeps the formatter from sorting it before.

import type { Capability, ModelStore } from '@ferrum/interfaces';
import { container as globalContainer } from 'tsyringe';
import type { RegisteredEngine } from './resolution.js';

removeReflectStub();

/** What a host knows: registered engines by capability, and where models come from. tsyringe does not show through. */
export interface Container {
  addEngine(engine: RegisteredEngine): void;
  /** The engine registered under a descriptor id. */
  engine(id: string): RegisteredEngine | undefined;
  /** Engines of a capability in registration order. */
  engines(capability: Capability): readonly RegisteredEngine[];
  /** Engines of every capability, in registration order. */
  allEngines(): readonly RegisteredEngine[];
  addModels(models: ModelStore): void;
  /** The store that was added first. */
  models(): ModelStore | undefined;
}

/** A container of its own for each host: a child of tsyringe's global one, in which nothing is ever registered. */
export function createContainer(): Container {
  const container = globalContainer.createChildContainer();

  // isRegistered() without its second argument and resolveAll() look at this container only; resolveAll() throws for a
  // token that nobody registered.
  function all<T>(token: symbol): readonly T[] {
    return container.isRegistered(token) ? container.resolveAll<T>(token) : [];
  }

  return {
    addEngine(engine) {
      container.register(capabilityToken(engine.descriptor.capability), { useValue: engine });
      container.register(enginesToken, { useValue: engine });
      container.register(engineToken(engine.descriptor.id), { useValue: engine });
    },
    engine: (id) => all<RegisteredEngine>(engineToken(id))[0],
    allEngines: () => all<RegisteredEngine>(enginesToken),
    engines: (capability) => all<RegisteredEngine>(capabilityToken(capability)),
    addModels(models) {
      container.register(modelsToken, { useValue: models });
    },
    models: () => all<ModelStore>(modelsToken)[0],
  };
}

const enginesToken = Symbol.for('@ferrum/engines');
const modelsToken = Symbol.for('@ferrum/models');
const capabilityToken = (capability: Capability): symbol => Symbol.for(`@ferrum/capability/${capability}`);
const engineToken = (id: string): symbol => Symbol.for(`@ferrum/engine/${id}`);
