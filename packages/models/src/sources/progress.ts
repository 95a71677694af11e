import type { ProgressEvent, ProgressListener } from '@ferrum/interfaces';

const shortestIntervalMs = 50;

/** Passes events on, but at most 20 a second of one kind; the first and the last of each file always arrive. */
export function throttleProgress(listener: ProgressListener | undefined): ProgressListener {
  if (listener === undefined) return () => undefined;
  let lastKind = '';
  let lastTime = 0;
  return (event: ProgressEvent) => {
    const kind = `${event.phase} ${event.label}`;
    const now = performance.now();
    const due = kind !== lastKind || event.completed === event.total || now - lastTime >= shortestIntervalMs;
    if (!due) return;
    lastKind = kind;
    lastTime = now;
    listener(event);
  };
}
