import { OnnxRuntime, type Session } from '@ferrum/onnx';

export interface SessionPlace {
  readonly threads: number;
  readonly libraryPath?: string | undefined;
}

/** Opens a graph of an encoder. */
export function openSession(file: string, { threads, libraryPath }: SessionPlace): Promise<Session> {
  const runtime = OnnxRuntime.load(libraryPath === undefined ? {} : { libraryPath });
  return runtime.openSession(file, {
    intraOpThreads: threads,
    // The operator that this makes is slower than what it is made of: see `norm`.
    config: { 'optimization.disable_specified_optimizers': 'SkipLayerNormFusion' },
  });
}
