import { FerrumError } from '@ferrum/registry/errors';

/** The FerrumError that a promise rejects with; anything else fails the test. */
export async function rejection(promise: Promise<unknown>): Promise<FerrumError> {
  try {
    await promise;
  } catch (error) {
    if (FerrumError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('expected a rejection');
}
