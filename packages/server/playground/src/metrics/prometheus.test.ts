import fc from 'fast-check';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { parsePrometheus, sumOf } from './prometheus.js';

describe('parsePrometheus', () => {
  it('reads what prom-client writes', async () => {
    const registry = new Registry();
    const requests = new Counter({ name: 'a_total', help: 'A.', labelNames: ['status'], registers: [registry] });
    requests.inc({ status: '200' }, 3);
    requests.inc({ status: '404' });
    new Gauge({ name: 'memory_bytes', help: 'B.', registers: [registry] }).set(1.5e9);
    new Histogram({ name: 'wait', help: 'C.', buckets: [0.1], registers: [registry] }).observe(0.05);
    const scrape = parsePrometheus(await registry.metrics());
    expect(sumOf(scrape, 'a_total')).toBe(4);
    expect(sumOf(scrape, 'a_total', ({ status }) => status === '404')).toBe(1);
    expect(sumOf(scrape, 'memory_bytes')).toBe(1.5e9);
    expect(scrape.get('wait_bucket')).toEqual([
      { labels: { le: '0.1' }, value: 1 },
      { labels: { le: '+Inf' }, value: 1 },
    ]);
    expect(sumOf(scrape, 'not_there')).toBeUndefined();
  });

  it('gives back any label value that prom-client escapes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '}', '{', ',', '=', ' ', 'é') }),
        async (name) => {
          const registry = new Registry();
          new Gauge({ name: 'g', help: 'G.', labelNames: ['name', 'other'], registers: [registry] }).set(
            { name, other: 'x' },
            2,
          );
          expect(parsePrometheus(await registry.metrics()).get('g')).toEqual([
            { labels: { name, other: 'x' }, value: 2 },
          ]);
        },
      ),
    );
  });

  it('reads the special numbers, spaces and time stamps of the format', () => {
    const scrape = parsePrometheus('a +Inf\nb -Inf 1395066363000\nc NaN\nd{ x = "1" , } 1e-3\n');
    expect(sumOf(scrape, 'a')).toBe(Number.POSITIVE_INFINITY);
    expect(sumOf(scrape, 'b')).toBe(Number.NEGATIVE_INFINITY);
    expect(sumOf(scrape, 'c')).toBeNaN();
    expect(scrape.get('d')).toEqual([{ labels: { x: '1' }, value: 0.001 }]);
  });

  it('shows a line that it cannot read', () => {
    expect(() => parsePrometheus('<html>')).toThrow(/<html>/);
    expect(() => parsePrometheus('a seven')).toThrow(/a seven/);
    expect(() => parsePrometheus('a{x=1} 7')).toThrow(/x=1/);
  });
});
