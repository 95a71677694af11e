import type { FerrumErrorCode } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** What is wrong with a request, in words that go on from "Invalid request". */
export function invalid(message: string, parameter: string, code: FerrumErrorCode = 'RequestValidation'): FerrumError {
  return new FerrumError(code, `Invalid request: ${message}.`, { details: { parameter } });
}

/** @param why in words that go on from the parameter's name */
export function unsupported(
  parameter: string,
  why = 'is nothing that llama.cpp does through this plugin',
): FerrumError {
  return invalid(`\`${parameter}\` ${why}; leave it out`, parameter, 'Unsupported');
}
