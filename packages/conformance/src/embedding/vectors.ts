import assert from 'node:assert/strict';
import { isNear } from '../engine/is-near.js';

export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return dot(a, b) / (lengthOf(a) * lengthOf(b));
}

/** Euclidean. */
export function lengthOf(vector: ArrayLike<number>): number {
  return Math.sqrt(dot(vector, vector));
}

/** The first so many values, of length 1. */
export function prefixOf(vector: Float32Array, dimensions: number): Float32Array {
  const prefix = vector.subarray(0, dimensions);
  const length = lengthOf(prefix);
  return prefix.map((value) => value / length);
}

export function assertVector(vector: unknown, dimensions: number, what: string): asserts vector is Float32Array {
  assert.ok(vector instanceof Float32Array, `${what} is no Float32Array.`);
  assert.equal(vector.length, dimensions, `${what} has ${vector.length} values.`);
  assert.ok(vector.every(Number.isFinite), `${what} holds a value that is not a finite number.`);
  assert.ok(lengthOf(vector) > 0, `${what} is zero.`);
}

export function assertUnitLength(vector: ArrayLike<number>, what: string): void {
  const length = lengthOf(vector);
  assert.ok(isNear(length, 1, 1e-3), `${what} has length ${length}, not 1.`);
}

/** Of the same text, computed on another occasion. */
export function assertSameVector(a: ArrayLike<number>, b: ArrayLike<number>, what: string): void {
  assert.equal(a.length, b.length, `${what}: the numbers of values differ.`);
  const unlikeness = 1 - cosine(a, b);
  assert.ok(unlikeness <= 1e-5, `${what}: the cosine differs from 1 by ${unlikeness}.`);
}

/** Largest difference of a value, over the length of the vector. */
export function relativeDifference(a: Float32Array, b: Float32Array): number {
  const largest = a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? Number.NaN))), 0);
  return largest / lengthOf(b);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] ?? Number.NaN) * (b[index] ?? Number.NaN);
  return sum;
}
