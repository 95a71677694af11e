import { summarize } from '../summary.js';
import type { ServerClient } from './server-client.js';

/** How often `/metrics` is asked, in ms. */
export const metricsIntervalMs = 1000;

/** What a server process says of itself, as Prometheus clients name it. */
export interface ProcessSample {
  /** `process_cpu_seconds_total`. */
  readonly cpuSeconds: number;
  /** `process_resident_memory_bytes`. */
  readonly rssBytes: number;
}

/** Resident memory over a run: flat when the ratio is about 1. */
export interface RssTrend {
  /** Medians of the samples of the second and of the last quarter. */
  readonly secondQuarter: number;
  readonly lastQuarter: number;
  /** The last over the second. */
  readonly ratio: number;
}

/** CPU time and memory of the server while something goes on. */
export class ProcessMetrics {
  readonly #client: ServerClient;
  readonly #samples: ProcessSample[] = [];

  /** @param client One of its own: a question shares no connection with the load. */
  constructor(client: ServerClient) {
    this.#client = client;
  }

  /** Asks once; never rejects. An answer that says nothing is left out. */
  readonly ask = async (): Promise<void> => {
    const sample = await readProcessSample(this.#client, neverAborted);
    if (sample) this.#samples.push(sample);
  };

  /** Between the first and the last sample; null with fewer than two. */
  get cpuSeconds(): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    return first && last && first !== last ? last.cpuSeconds - first.cpuSeconds : null;
  }

  get rssBytes(): readonly number[] {
    return this.#samples.map(({ rssBytes }) => rssBytes);
  }
}

/** Undefined when the server has no such metrics, or does not answer. */
export async function readProcessSample(client: ServerClient, signal: AbortSignal): Promise<ProcessSample | undefined> {
  const reply = await client.get('/metrics', signal).catch(() => undefined);
  return reply?.status === 200 ? parseProcessSample(reply.text) : undefined;
}

/** Of the text format of Prometheus, version 0.0.4. */
export function parseProcessSample(text: string): ProcessSample | undefined {
  const metric = (name: string) => {
    const value = new RegExp(`^${name}(?:\\{[^}]*\\})?[ \\t]+(\\S+)`, 'm').exec(text)?.[1];
    return value === undefined ? Number.NaN : Number(value);
  };
  const cpuSeconds = metric('process_cpu_seconds_total');
  const rssBytes = metric('process_resident_memory_bytes');
  return Number.isFinite(cpuSeconds) && Number.isFinite(rssBytes) ? { cpuSeconds, rssBytes } : undefined;
}

/** Null with fewer than four samples. */
export function rssTrend(rssBytes: readonly number[]): RssTrend | null {
  const quarter = Math.floor(rssBytes.length / 4);
  const secondQuarter = summarize(rssBytes.slice(quarter, 2 * quarter))?.median;
  const lastQuarter = summarize(rssBytes.slice(rssBytes.length - quarter))?.median;
  if (quarter === 0 || secondQuarter === undefined || lastQuarter === undefined) return null;
  return { secondQuarter, lastQuarter, ratio: lastQuarter / secondQuarter };
}

const neverAborted = new AbortController().signal;
