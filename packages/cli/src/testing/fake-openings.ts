import type { Capability, CapabilityMap, EngineDescriptor, InferenceEngine } from '@ferrum/interfaces';

/** How the engines of a fake plugin are opened and closed, and the part of them that is the same whatever their modality. */
export class FakeOpenings {
  /** That engines were opened with. */
  readonly options: Readonly<Record<string, unknown>>[] = [];
  /** Engines that were opened and not yet shut down. */
  open = 0;

  readonly engine: InferenceEngine;

  constructor() {
    const shutdown = async () => {
      this.open -= 1;
    };
    this.engine = {
      specificationVersion: '1',
      modelId: 'fake',
      status: unused,
      healthCheck: unused,
      metrics: unused,
      config: () => ({
        model: { modelId: 'fake' },
        backend: { backendType: 'fake', device: 'cpu', backendOptions: { threads: 6 } },
      }),
      shutdown,
      [Symbol.asyncDispose]: shutdown,
    };
  }

  /** Of an engine that opens every model. */
  descriptor<C extends Capability>(
    id: string,
    capability: C,
    engine: CapabilityMap[C],
    features: readonly string[] = ['streaming'],
  ): EngineDescriptor<C> {
    return {
      specificationVersion: '1',
      id,
      capability,
      features,
      device: 'cpu',
      match: () => ({ score: 50, reason: 'opens everything' }),
      create: async ({ options }) => {
        this.options.push(options);
        this.open += 1;
        return engine;
      },
    };
  }
}

/** What no command asks of an engine. */
export function unused(): never {
  throw new Error('the command does not ask for it');
}
