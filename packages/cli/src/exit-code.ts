import type { FerrumError } from '@ferrum/registry/errors';

/** What the process returns; documented in the README and in `--help`. */
export const exitCodes = {
  success: 0,
  failure: 1,
  /** A flag, a value or a request that cannot be. */
  usage: 2,
  modelNotFound: 3,
  /** Nothing could be fetched, or offline mode forbids it. */
  network: 4,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export function exitCodeOf({ code, details }: FerrumError): ExitCode {
  switch (code) {
    case 'InvalidParameter':
    case 'RequestValidation':
      return exitCodes.usage;
    case 'Config':
      // What an operator has set for the server is as wrong as a flag; other faults of a setup are not the command's.
      return 'setting' in details ? exitCodes.usage : exitCodes.failure;
    case 'NotFound':
      // The model is known, only not here, and the network that would bring it is forbidden.
      return details.offline === true ? exitCodes.network : exitCodes.modelNotFound;
    case 'Network':
      return exitCodes.network;
    default:
      return exitCodes.failure;
  }
}
