import koffi from 'koffi';
import type { Address } from './ort-api.js';

/**
 * `length` addresses that native code may read and write while JavaScript holds on to the array. A typed array without a
 * buffer of its own may lie in V8's heap, where it moves; this one does not.
 */
export function addressArray(length: number): BigUint64Array {
  return new BigUint64Array(new ArrayBuffer(Math.max(1, length) * BigUint64Array.BYTES_PER_ELEMENT));
}

export function addressOf(memory: ArrayBufferView): Address {
  return koffi.address(memory);
}

/**
 * C strings in memory that JavaScript owns: the address of each, in order. The characters lie behind the addresses in the
 * same buffer, so they stay valid as long as the array is reachable.
 */
export function nativeStrings(strings: readonly string[]): BigUint64Array {
  const encoded = strings.map((text) => Buffer.from(`${text}\0`, 'utf8'));
  const addressBytes = Math.max(1, strings.length) * BigUint64Array.BYTES_PER_ELEMENT;
  const characterBytes = encoded.reduce((total, { length }) => total + length, 0);
  const memory = new Uint8Array(new ArrayBuffer(addressBytes + characterBytes));
  const addresses = new BigUint64Array(memory.buffer, 0, strings.length);
  const start = addressOf(memory);
  let offset = addressBytes;
  for (const [index, text] of encoded.entries()) {
    memory.set(text, offset);
    addresses[index] = start + BigInt(offset);
    offset += text.length;
  }
  return addresses;
}

/** The C string at `address`. */
export function readString(address: Address): string {
  return koffi.decode.string(address);
}

/** `count` addresses from `address` on. */
export function readAddresses(address: Address, count: number): Address[] {
  return koffi.decode(address, 'void *', count);
}

/** `bytes` bytes of native memory, seen without a copy. The memory must outlive the buffer. */
export function viewMemory(address: Address, bytes: number): ArrayBuffer {
  return koffi.view(address, bytes);
}
