import assert from 'node:assert/strict';
import type { FerrumErrorCode } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** @returns the FerrumError that the call rejects with, which has one of the codes and a message for people */
export async function rejection(call: () => unknown, ...codes: readonly FerrumErrorCode[]): Promise<FerrumError> {
  const error = await thrownBy(call);
  assert.ok(error !== undefined, `Expected the call to fail with ${codes.join(' or ')}, but it was answered.`);
  assert.ok(FerrumError.isInstance(error), `Expected a FerrumError, not ${String(error)}.`);
  assert.ok(codes.includes(error.code), `Expected the code ${codes.join(' or ')}, not ${error.code}: ${error.message}`);
  assert.ok(error.message.length > 10, `The message says nothing: "${error.message}".`);
  return error;
}

async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error ?? new Error('nothing was thrown, as undefined');
  }
  return undefined;
}
