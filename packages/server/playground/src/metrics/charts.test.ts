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

  it('takes quantiles over half a minute, however often it was read', () => {
    const medians = (seconds: readonly number[]) =>
      chartValues(
        chart('Time to first token'),
        seconds.map((at, index) => ({
          at: at * 1000,
          // One fast answer before the second scrape, none after it.
          scrape: parsePrometheus(
            ['0.1', '+Inf']
              .map((le) => `ferrum_time_to_first_token_seconds_bucket{le="${le}"} ${index && 1}`)
              .join('\n'),
          ),
        })),
      ).lines[0];
    expect(medians([0, 5, 29, 31])).toEqual([50, 50, null]);
    expect(medians([0, 40, 80])).toEqual([50, null]);
  });

  it('leaves gaps where the server has no such metric', () => {
    const bare = [1, 2].map((at) => ({ at: at * 1000, scrape: parsePrometheus('a 1') }));
    expect(chartValues(chart('Resident memory'), bare).lines).toEqual([[null]]);
    expect(chartSummary(chart('Resident memory'), chartValues(chart('Resident memory'), bare))).toBe('No data yet.');
  });
});

describe('chartSummary', () => {
  it('says the last value of each line, and the highest where that is another', () => {
    const definition = chart('Requests');
    expect(chartSummary(definition, chartValues(definition, history))).toBe('In flight 6 requests; Queued 1 request.');
    expect(
      chartSummary(definition, {
        times: [1, 2],
        lines: [
          [3, 1],
          [0, null],
        ],
      }),
    ).toBe('In flight 1 request, at most 3; Queued 0 requests.');
  });

  it('has no digits for nothing', () => {
    const values = {
      times: [1, 2],
      lines: [
        [12.345, 0],
        [0.02, 0.01],
      ],
    };
    expect(chartSummary(chart('Tokens per second'), values)).toBe('Written 0 tokens/s, at most 12.3; Read 0 tokens/s.');
  });
});
