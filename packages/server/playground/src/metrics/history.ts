import { signal } from '@preact/signals';
import { callApi } from '../api/client.js';
import type { TimedScrape } from './derive.js';
import { parsePrometheus } from './prometheus.js';

/** Milliseconds between two scrapes. */
const interval = 2000;

/** Five minutes of them. */
const mostScrapes = 151;

/** What was read of `/metrics` while the view was in sight, oldest first. */
export const history = signal<readonly TimedScrape[]>([]);
export const historyProblem = signal<Error | undefined>(undefined);

/** Reads `/metrics` again and again while the page is visible. Returns what ends it. */
export function followMetrics(): () => void {
  let busy = false;
  const poll = async () => {
    if (document.hidden || busy) return;
    busy = true;
    try {
      const response = await callApi('metrics');
      const scrape = parsePrometheus(await response.text());
      history.value = [...history.value.slice(1 - mostScrapes), { at: Date.now(), scrape }];
      historyProblem.value = undefined;
    } catch (error) {
      historyProblem.value = error as Error;
    } finally {
      busy = false;
    }
  };
  void poll();
  const timer = setInterval(poll, interval);
  document.addEventListener('visibilitychange', poll);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', poll);
  };
}
