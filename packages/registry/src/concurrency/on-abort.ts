interface Listening {
  readonly listeners: Set<() => void>;
  readonly tell: () => void;
}

/** One listener of a signal's serves all, since Node.js warns of more than ten. */
const known = new WeakMap<AbortSignal, Listening>();

/**
 * Calls the listener once when the signal fires; not when it has fired before.
 * @returns what ends the listening
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (!signal || signal.aborted) return () => {};
  const listening = known.get(signal) ?? listenTo(signal);
  // A function of its own, so that one listener given twice is two.
  const own = () => listener();
  listening.listeners.add(own);
  return () => {
    listening.listeners.delete(own);
    if (listening.listeners.size > 0 || known.get(signal) !== listening) return;
    signal.removeEventListener('abort', listening.tell);
    known.delete(signal);
  };
}

function listenTo(signal: AbortSignal): Listening {
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  signal.addEventListener('abort', tell, { once: true });
  const listening = { listeners, tell };
  known.set(signal, listening);
  return listening;
}
