import { computed, effect, signal } from '@preact/signals';
import { ApiError, callApi } from '../api/client.js';
import { currentView } from '../router.js';
import { apiKey } from '../settings/api-key.js';
import { type TimedScrape, withScrape } from './derive.js';
import { parsePrometheus } from './prometheus.js';

/** Milliseconds between two scrapes, with the charts in sight and without. */
const interval = { inSight: 2000, outOfSight: 5000 };

/** Nearer scrapes would make rates of chance, in ms. */
const leastInterval = 1000;

/** What was read of `/metrics` in the last minutes, oldest first. */
export const history = signal<readonly TimedScrape[]>([]);
export const historyProblem = signal<Error | undefined>(undefined);

/**
 * Reads `/metrics` again and again while the page is visible, from now on: the charts show what was done in the other
 * views. A refusal (no key, no such route) ends it until there is another key or the charts come into sight.
 */
export function followMetrics(): void {
  const inSight = computed(() => currentView.value === 'metrics');
  let busy = false;
  let refused = false;
  const read = async () => {
    const at = Date.now();
    const last = history.peek().at(-1)?.at ?? 0;
    if (document.hidden || busy || refused || at - last < leastInterval) return;
    busy = true;
    const key = apiKey.peek();
    try {
      const response = await callApi('metrics');
      const scrape = parsePrometheus(await response.text());
      history.value = withScrape(history.peek(), { at: Date.now(), scrape });
      historyProblem.value = undefined;
    } catch (error) {
      historyProblem.value = error as Error;
      const isRefusal = error instanceof ApiError && error.status >= 400 && error.status < 500;
      refused = isRefusal && key === apiKey.peek();
    } finally {
      busy = false;
    }
  };
  effect(() => {
    const milliseconds = inSight.value ? interval.inSight : interval.outOfSight;
    // Read here so that another key starts it anew.
    void apiKey.value;
    refused = false;
    void read();
    const timer = setInterval(read, milliseconds);
    return () => clearInterval(timer);
  });
  document.addEventListener('visibilitychange', read);
}
