import type { FerrumErrorCode } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { OrtApi, Status } from './ort-api.js';

/** What was being done when a status came back, and which FerrumError its error code means there. */
export interface Operation {
  /** Completes "Cannot …". */
  readonly what: string;
  /** Ends the message: what to do about it. */
  readonly remedy?: string;
  readonly codes: Readonly<Record<number, FerrumErrorCode>>;
  /** For every other error code. */
  readonly otherwise: FerrumErrorCode;
}

/** Returns when `status` is success; else releases it and throws what it says as a FerrumError. */
export function checkStatus(api: OrtApi, status: Status, operation: Operation): void {
  if (status === null) return;
  const code = api.getErrorCode(status);
  const message = api.getErrorMessage(status).trim();
  api.releaseStatus(status);
  const remedy = operation.remedy === undefined ? '' : ` ${operation.remedy}`;
  throw new FerrumError(operation.codes[code] ?? operation.otherwise, `Cannot ${operation.what}: ${message}${remedy}`, {
    details: { ortErrorCode: code },
  });
}

/** OrtErrorCode of onnxruntime_c_api.h, those that mean something of their own to us. */
export const ortErrorCode = {
  invalidArgument: 2,
  noSuchFile: 3,
  noModel: 4,
  invalidProtobuf: 7,
  notImplemented: 9,
  invalidGraph: 10,
} as const;

/** For calls that only fail when something is badly wrong. */
export function internalOperation(what: string): Operation {
  return { what, codes: {}, otherwise: 'Backend' };
}
