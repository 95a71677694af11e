import { totalmem } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { memoryUsage } from './memory-usage.js';

describe('memoryUsage', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('stays within what the machine has', () => {
    const { totalBytes, usedBytes, freeBytes, utilizationPercent } = memoryUsage();
    expect(totalBytes).toBeGreaterThan(0);
    expect(totalBytes).toBeLessThanOrEqual(totalmem());
    expect(usedBytes).toBeGreaterThan(0);
    expect(usedBytes + freeBytes).toBeLessThanOrEqual(totalBytes);
    expect(utilizationPercent).toBeCloseTo((100 * usedBytes) / totalBytes);
  });

  it.each([
    ['a container', 1000, 1000],
    // What a system without such a limit reports: 0, or more than there is.
    ['no container', 0, totalmem()],
    ['no limit', 2 ** 63, totalmem()],
  ])('heeds the limit of %s', (_name, limit, totalBytes) => {
    vi.spyOn(process, 'constrainedMemory').mockReturnValue(limit);
    vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(250);
    const usage = memoryUsage();
    expect(usage).toMatchObject({ totalBytes, usedBytes: 250, utilizationPercent: 25_000 / totalBytes });
    expect(usage.freeBytes).toBeLessThanOrEqual(totalBytes - 250);
  });
});
