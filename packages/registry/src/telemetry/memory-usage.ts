import { freemem, totalmem } from 'node:os';
import type { MemoryUsage } from '@ferrum/interfaces';

/** Of the process, within what the machine or the container allows. */
export function memoryUsage(): MemoryUsage {
  const limit = process.constrainedMemory();
  const totalBytes = limit > 0 && limit < totalmem() ? limit : totalmem();
  const usedBytes = process.memoryUsage.rss();
  return {
    totalBytes,
    usedBytes,
    freeBytes: Math.min(freemem(), Math.max(0, totalBytes - usedBytes)),
    utilizationPercent: (100 * usedBytes) / totalBytes,
  };
}
