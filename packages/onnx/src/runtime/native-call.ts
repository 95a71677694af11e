import { FerrumError } from '@ferrum/registry/errors';
import koffi from 'koffi';
import type { NativeFunction } from './ort-api.js';

/**
 * Calls `native` on a libuv thread. What the parameters point to must stay reachable until the promise settles: koffi keeps
 * no reference to it.
 * @throws FerrumError `ResourceExhausted` when koffi cannot start the call.
 */
export function callNative<P extends readonly unknown[], R>(
  native: NativeFunction<P, R>,
  ...parameters: P
): Promise<R> {
  return new Promise((resolve, reject) => {
    const start = () => {
      running++;
      try {
        native.async(...parameters, (error, result) => {
          finish();
          if (error === null) resolve(result);
          else reject(cannotCall(error));
        });
      } catch (error) {
        finish();
        reject(cannotCall(error));
      }
    };
    if (running < maxRunning) start();
    else waiting.push(start);
  });
}

/**
 * Prepares koffi for this library: it runs native code on stacks of its own, and its 128 KiB for asynchronous calls are less
 * than a thread normally has. The pages of a stack are committed as they are used.
 * @throws FerrumError `Config` when the application loaded koffi first and left it less than we need.
 */
export function configureKoffi(): void {
  if (Number(koffi.config().async_stack_size) >= stackBytes) return;
  try {
    koffi.config({ async_stack_size: stackBytes });
  } catch (cause) {
    throw new FerrumError(
      'Config',
      'koffi has already loaded a library with too small a stack for ONNX Runtime. Load ONNX Runtime first, or call ' +
        `koffi.config({ async_stack_size: ${stackBytes} }) before the first koffi.load().`,
      { cause },
    );
  }
}

const stackBytes = 4 * 1024 * 1024;

/** Far more than libuv has threads, far less than koffi's limit of 256 calls queued, each with a stack. */
const maxRunning = 64;
let running = 0;
const waiting: (() => void)[] = [];

function finish(): void {
  running--;
  waiting.shift()?.();
}

function cannotCall(cause: unknown): FerrumError {
  return new FerrumError('ResourceExhausted', 'Cannot call ONNX Runtime on a thread of its own.', { cause });
}
