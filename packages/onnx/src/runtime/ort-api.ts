import koffi from 'koffi';

/** A native address; koffi gives and takes them as bigints, and the null pointer as null. */
export type Address = bigint;

/** What almost every function returns: null for success, else an OrtStatus that the caller must release. */
export type Status = Address | null;

/** A native function: called directly it runs on this thread, by `async` on a libuv thread. */
export interface NativeFunction<P extends readonly unknown[], R> {
  (...parameters: P): R;
  async(...parameters: [...P, done: (error: Error | null, result: R) => void]): void;
}

export type OrtApi = ReturnType<typeof bindOrtApi>;

/** Entries of the function table that are read; the table only ever grows at its end. */
export const ortApiTableLength = 217;

/**
 * The functions we call out of the OrtApi table at `table`. The numbers are positions in the struct `OrtApi` of
 * onnxruntime_c_api.h, whose order is a stable ABI.
 */
export function bindOrtApi(table: Address) {
  const entries = koffi.decode(table, koffi.array('void *', ortApiTableLength)) as Address[];
  const bind = <P extends readonly unknown[], R>(index: number, result: string, parameters: string[]) =>
    koffi.decode(entries[index], koffi.proto(result, parameters)) as NativeFunction<P, R>;
  const status = <P extends readonly unknown[]>(index: number, parameters: string[]) =>
    bind<P, Status>(index, pointer, parameters);
  const release = (index: number) => bind<[handle: Address], void>(index, 'void', [pointer]);
  /** ONNX Runtime takes file paths as wchar_t on Windows and as UTF-8 elsewhere. */
  const path = process.platform === 'win32' ? 'str16' : 'str';

  return {
    getErrorCode: bind<[status: Address], number>(1, 'int', [pointer]),
    getErrorMessage: bind<[status: Address], string>(2, 'str', [pointer]),
    createEnv: status<[severity: number, name: string, out: Out]>(3, ['int', 'str', pointer]),
    disableTelemetryEvents: status<[env: Address]>(6, [pointer]),

    createSession: status<[env: Address, path: string, options: Address, out: Out]>(7, [
      pointer,
      path,
      pointer,
      pointer,
    ]),
    run: status<
      [
        session: Address,
        runOptions: Address,
        inputNames: Out,
        inputs: Out,
        inputCount: number,
        outputNames: Out,
        outputCount: number,
        outputs: Out,
      ]
    >(9, [pointer, pointer, pointer, pointer, 'size_t', pointer, 'size_t', pointer]),

    createSessionOptions: status<[out: Out]>(10, [pointer]),
    setOptimizedModelFilePath: status<[options: Address, path: string]>(11, [pointer, path]),
    setSessionExecutionMode: status<[options: Address, mode: number]>(13, [pointer, 'int']),
    disableMemPattern: status<[options: Address]>(17, [pointer]),
    disableCpuMemArena: status<[options: Address]>(19, [pointer]),
    setSessionLogSeverityLevel: status<[options: Address, severity: number]>(22, [pointer, 'int']),
    setSessionGraphOptimizationLevel: status<[options: Address, level: number]>(23, [pointer, 'int']),
    setIntraOpNumThreads: status<[options: Address, threads: number]>(24, [pointer, 'int']),
    setInterOpNumThreads: status<[options: Address, threads: number]>(25, [pointer, 'int']),
    addFreeDimensionOverrideByName: status<[options: Address, name: string, dimension: number]>(124, [
      pointer,
      'str',
      'int64_t',
    ]),
    addSessionConfigEntry: status<[options: Address, key: string, value: string]>(130, [pointer, 'str', 'str']),
    appendExecutionProvider: status<[options: Address, name: string, keys: Out, values: Out, count: number]>(216, [
      pointer,
      'str',
      pointer,
      pointer,
      'size_t',
    ]),
    appendTensorRt: status<[options: Address, providerOptions: Address]>(170, [pointer, pointer]),
    createTensorRtOptions: status<[out: Out]>(171, [pointer]),
    updateTensorRtOptions: status<[providerOptions: Address, keys: Out, values: Out, count: number]>(172, [
      pointer,
      pointer,
      pointer,
      'size_t',
    ]),
    releaseTensorRtOptions: release(174),
    appendCuda: status<[options: Address, providerOptions: Address]>(204, [pointer, pointer]),
    createCudaOptions: status<[out: Out]>(205, [pointer]),
    updateCudaOptions: status<[providerOptions: Address, keys: Out, values: Out, count: number]>(206, [
      pointer,
      pointer,
      pointer,
      'size_t',
    ]),
    releaseCudaOptions: release(208),

    sessionGetInputCount: status<[session: Address, out: Out]>(30, [pointer, pointer]),
    sessionGetOutputCount: status<[session: Address, out: Out]>(31, [pointer, pointer]),
    sessionGetInputTypeInfo: status<[session: Address, index: number, out: Out]>(33, [pointer, 'size_t', pointer]),
    sessionGetOutputTypeInfo: status<[session: Address, index: number, out: Out]>(34, [pointer, 'size_t', pointer]),
    sessionGetInputName: status<[session: Address, index: number, allocator: Address, out: Out]>(36, [
      pointer,
      'size_t',
      pointer,
      pointer,
    ]),
    sessionGetOutputName: status<[session: Address, index: number, allocator: Address, out: Out]>(37, [
      pointer,
      'size_t',
      pointer,
      pointer,
    ]),

    createRunOptions: status<[out: Out]>(39, [pointer]),
    runOptionsSetRunLogSeverityLevel: status<[runOptions: Address, severity: number]>(41, [pointer, 'int']),
    runOptionsSetTerminate: status<[runOptions: Address]>(46, [pointer]),
    runOptionsUnsetTerminate: status<[runOptions: Address]>(47, [pointer]),

    createTensorWithData: status<
      [memoryInfo: Address, data: Address, bytes: number, dims: Out, rank: number, type: number, out: Out]
    >(49, [pointer, pointer, 'size_t', pointer, 'size_t', 'int', pointer]),
    getTensorMutableData: status<[value: Address, out: Out]>(51, [pointer, pointer]),
    castTypeInfoToTensorInfo: status<[typeInfo: Address, out: Out]>(55, [pointer, pointer]),
    getTensorElementType: status<[tensorInfo: Address, out: Out]>(60, [pointer, pointer]),
    getDimensionsCount: status<[tensorInfo: Address, out: Out]>(61, [pointer, pointer]),
    getDimensions: status<[tensorInfo: Address, dims: Out, rank: number]>(62, [pointer, pointer, 'size_t']),
    getSymbolicDimensions: status<[tensorInfo: Address, names: Out, rank: number]>(63, [pointer, pointer, 'size_t']),
    getTensorTypeAndShape: status<[value: Address, out: Out]>(65, [pointer, pointer]),
    createCpuMemoryInfo: status<[allocatorType: number, memoryType: number, out: Out]>(69, ['int', 'int', pointer]),
    allocatorFree: status<[allocator: Address, memory: Address]>(76, [pointer, pointer]),
    getAllocatorWithDefaultOptions: status<[out: Out]>(78, [pointer]),

    releaseEnv: release(92),
    releaseStatus: release(93),
    releaseMemoryInfo: release(94),
    releaseSession: release(95),
    releaseValue: release(96),
    releaseRunOptions: release(97),
    releaseTypeInfo: release(98),
    releaseTensorTypeAndShapeInfo: release(99),
    releaseSessionOptions: release(100),

    getAvailableProviders: status<[names: Out, count: Out]>(125, [pointer, pointer]),
    releaseAvailableProviders: status<[names: Address, count: number]>(126, [pointer, 'int']),
  };
}

/** Memory that the native side reads or writes: its address, or a typed array whose memory is outside V8's heap. */
type Out = Address | BigUint64Array | BigInt64Array | Int32Array;

const pointer = 'void *';
