/** A metric as scraped: its type and its samples by name and labels, as `name{a="1",b="2"}` with the labels sorted. */
export interface ScrapedMetric {
  readonly type: string;
  readonly help: string;
  readonly samples: ReadonlyMap<string, number>;
}

export type Exposition = ReadonlyMap<string, ScrapedMetric>;

/**
 * Reads Prometheus' text format 0.0.4 and throws for anything that a strict reader would not take: a sample without HELP and
 * TYPE before it, a series or metric that is there twice, a value that is no finite number, a counter below 0, a histogram
 * that is not cumulative or whose `+Inf` is not its `_count`.
 */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const metrics = new Map<string, { type: string; help: string; samples: Map<string, number> }>();
  let current: { name: string; type: string; help: string; samples: Map<string, number> } | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line);
    if (comment) {
      const [, kind, name = '', rest = ''] = comment;
      if (kind === 'HELP') {
        if (metrics.has(name)) throw new Error(`${name} is there twice`);
        current = { name, type: '', help: rest, samples: new Map() };
        metrics.set(name, current);
      } else {
        if (current?.name !== name || current.type !== '') throw new Error(`TYPE without HELP: ${line}`);
        if (!['counter', 'gauge', 'histogram'].includes(rest)) throw new Error(`no such type: ${line}`);
        current.type = rest;
      }
      continue;
    }
    const { name, labels, value } = parseSample(line);
    if (current === undefined || current.type === '') throw new Error(`no HELP and TYPE: ${line}`);
    const suffixes = current.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    if (!suffixes.some((suffix) => name === `${current?.name}${suffix}`))
      throw new Error(`not of ${current.name}: ${line}`);
    if (current.type === 'counter' && value < 0) throw new Error(`a counter below 0: ${line}`);
    const series = seriesOf(name, labels);
    if (current.samples.has(series)) throw new Error(`twice: ${series}`);
    current.samples.set(series, value);
  }
  for (const [name, { type, samples }] of metrics) if (type === 'histogram') checkHistogram(name, samples);
  return metrics;
}

/** The value of one series, undefined when it is not there. */
export function sampleValue(
  exposition: Exposition,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const metric = exposition.get(name) ?? exposition.get(name.replace(/_(bucket|sum|count)$/, ''));
  return metric?.samples.get(seriesOf(name, labels));
}

function parseSample(line: string): { name: string; labels: Record<string, string>; value: number } {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (!match) throw new Error(`not a sample: ${line}`);
  const [, name = '', inside = '', number = ''] = match;
  const labels: Record<string, string> = {};
  let rest = inside;
  while (rest !== '') {
    const label = /^([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/.exec(rest);
    if (!label) throw new Error(`not labels: ${line}`);
    const [whole, key = '', value = ''] = label;
    if (key in labels) throw new Error(`a label twice: ${line}`);
    labels[key] = value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(whole.length);
  }
  const value = Number(number);
  if (!Number.isFinite(value)) throw new Error(`not a finite number: ${line}`);
  return { name, labels, value };
}

function seriesOf(name: string, labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1));
  return `${name}{${sorted.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}}`;
}

function checkHistogram(name: string, samples: ReadonlyMap<string, number>): void {
  const groups = new Map<string, { bound: number; count: number }[]>();
  for (const [series, count] of samples) {
    const le = /[{,]le="([^"]+)",?/.exec(series);
    if (!series.startsWith(`${name}_bucket{`)) continue;
    if (!le?.[1]) throw new Error(`a bucket without le: ${series}`);
    const others = series
      .slice(`${name}_bucket`.length)
      .replace(/le="[^"]+",?/, '')
      .replace(',}', '}');
    const buckets = groups.get(others) ?? [];
    buckets.push({ bound: le[1] === '+Inf' ? Number.POSITIVE_INFINITY : Number(le[1]), count });
    groups.set(others, buckets);
  }
  for (const [labels, buckets] of groups) {
    for (const [index, { bound, count }] of buckets.entries()) {
      const before = buckets[index - 1];
      if (before && (bound <= before.bound || count < before.count))
        throw new Error(`not cumulative: ${name}${labels}`);
    }
    const last = buckets.at(-1);
    if (last?.bound !== Number.POSITIVE_INFINITY) throw new Error(`no +Inf: ${name}${labels}`);
    if (last.count !== samples.get(`${name}_count${labels}`))
      throw new Error(`+Inf is not the count: ${name}${labels}`);
    if (!samples.has(`${name}_sum${labels}`)) throw new Error(`no sum: ${name}${labels}`);
  }
}
