import { describe, expect, it, vi } from 'vitest';
import { metricsText } from '../../testing/canned.js';
import { chartSummary, charts, chartValues } from './charts.js';
import { parsePrometheus } from './prometheus.js';

vi.mock('../settings/api-key.js', () => ({ apiKey: { value: '' } }));

const history = [1, 2, 3].map((reads) => ({ at: reads * 2000, scrape: parsePrometheus(metricsText(reads)) }));

function chart(title: string) {
  const definition = charts.find((candidate) => candidate.title === title);
  if (!definition) throw new Error(`No chart ${title}.`);
  return definition;
}

describe('chartValues', () => {
  it('has a value for each scrape after the first', () => {
    for (const definition of charts) {
      const { times, lines } = chartValues(definition, history);
      expect(times).toEqual([4, 6]);
      for (const line of lines) expect(line).toHaveLength(2);
    }
  });

  it('reads rates, quantiles, gauges and shares', () => {
    expect(chartValues(chart('Tokens per second'), history).lines[1]).toEqual([75, 75]);
    // A third of the observations lies below 0.1 s, the half of them 1/3 into the next bucket.
    expect(chartValues(chart('Time to first token'), history).lines[0]?.[0]).toBeCloseTo(133.3, 1);
    expect(chartValues(chart('Requests'), history).lines).toEqual([
      [5, 6],
      [0, 1],
    ]);
    expect(chartValues(chart('HTTP requests per second'), history).lines).toEqual([
      [3.5, 3.5],
      [0, 0.5],
      [0, 0],
    ]);
    expect(chartValues(chart('Prefix-cache hit rate'), history).lines).toEqual([[75, 75]]);
  });

  it('leaves gaps where the server has no such metric', () => {
    const bare = [1, 2].map((at) => ({ at: at * 1000, scrape: parsePrometheus('a 1') }));
    expect(chartValues(chart('Resident memory'), bare).lines).toEqual([[null]]);
    expect(chartSummary(chart('Resident memory'), chartValues(chart('Resident memory'), bare))).toBe('No data yet.');
  });
});

describe('chartSummary', () => {
  it('says the last and the highest value of each line', () => {
    const definition = chart('Requests');
    expect(chartSummary(definition, chartValues(definition, history))).toBe(
      'In flight 6 requests, at most 6; Queued 1 requests, at most 1.',
    );
  });
});
