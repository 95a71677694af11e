/** One line of the exposition: a value under a set of labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Samples by metric name. */
export type Scrape = ReadonlyMap<string, readonly Sample[]>;

/**
 * Reads the Prometheus text format 0.0.4: `name{label="value",…} number [timestamp]`. Comments, HELP and TYPE are
 * skipped; a line that is none of these throws an `Error` that shows it.
 */
export function parsePrometheus(text: string): Scrape {
  const scrape = new Map<string, Sample[]>();
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const match = linePattern.exec(trimmed);
    const [, name, labelText = '', number] = match ?? [];
    if (name === undefined || number === undefined) throw new Error(`Not a line of Prometheus text: ${trimmed}`);
    const samples = scrape.get(name) ?? [];
    samples.push({ labels: parseLabels(labelText), value: parseNumber(number, trimmed) });
    scrape.set(name, samples);
  }
  return scrape;
}

/** The sum of a metric over every set of labels that `keep` accepts; undefined when there is no such metric. */
export function sumOf(
  scrape: Scrape,
  name: string,
  keep: (labels: Sample['labels']) => boolean = () => true,
): number | undefined {
  const samples = scrape.get(name)?.filter(({ labels }) => keep(labels));
  return samples?.reduce((sum, { value }) => sum + value, 0);
}

const labelPattern = /([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?\s*/gy;
const linePattern = /^([a-zA-Z_:][\w:]*)\s*(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?\s+(\S+)(?:\s+-?\d+)?$/;

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  const source = text.trim();
  labelPattern.lastIndex = 0;
  while (labelPattern.lastIndex < source.length) {
    const match = labelPattern.exec(source);
    if (!match) throw new Error(`Not a list of Prometheus labels: {${text}}`);
    const [, name = '', value = ''] = match;
    labels[name] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
}

function parseNumber(text: string, line: string): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  if (text === 'NaN' || text === 'Nan') return Number.NaN;
  const value = Number(text);
  if (Number.isNaN(value)) throw new Error(`Not a number in Prometheus text: ${line}`);
  return value;
}
