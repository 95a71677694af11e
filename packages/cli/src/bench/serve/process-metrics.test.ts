import { describe, expect, it } from 'vitest';
import { parseProcessSample, rssTrend } from './process-metrics.js';

describe('metrics of a process', () => {
  it('are read from the text of Prometheus', () => {
    const text = [
      '# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.',
      'process_cpu_user_seconds_total 1',
      'process_cpu_seconds_total 12.5 1700000000000',
      'process_resident_memory_bytes{pod="a b"} 1.5e8',
    ].join('\n');
    expect(parseProcessSample(text)).toEqual({ cpuSeconds: 12.5, rssBytes: 1.5e8 });
  });

  it.each([
    '',
    'process_cpu_seconds_total 1',
    'process_cpu_seconds_total x\nprocess_resident_memory_bytes 1',
    '<html>',
  ])('are not there in %j', (text) => {
    expect(parseProcessSample(text)).toBeUndefined();
  });
});

describe('resident memory', () => {
  it('is compared between the second and the last quarter', () => {
    expect(rssTrend([9, 9, 9, 100, 110, 120, 1, 1, 1, 132, 121, 110])).toEqual({
      secondQuarter: 110,
      lastQuarter: 121,
      ratio: 1.1,
    });
  });

  it('of fewer than four samples has no trend', () => {
    expect(rssTrend([1, 2, 3])).toBeNull();
    expect(rssTrend([1, 2, 3, 4])).toEqual({ secondQuarter: 2, lastQuarter: 4, ratio: 2 });
  });
});
