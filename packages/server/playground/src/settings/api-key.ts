import { signal } from '@preact/signals';

const storageKey = 'ferrum-api-key';

/** The key sent as `Authorization: Bearer`; empty for none. Kept until the tab is closed, never longer. */
export const apiKey = signal(sessionStorage.getItem(storageKey) ?? '');

/** Keeps a new key for this tab; an empty one forgets it. */
export function setApiKey(key: string): void {
  apiKey.value = key;
  if (key === '') sessionStorage.removeItem(storageKey);
  else sessionStorage.setItem(storageKey, key);
}
