import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/**
 * For a result that may appear below the fold: when `result` becomes another one, the element of the returned ref is
 * brought into sight, with its start at the top if it is not there already. One that stood there before stays put.
 */
export function useReveal<T extends HTMLElement>(
  result: object | undefined,
  focus?: (element: T) => HTMLElement | null,
): RefObject<T | null> {
  const element = useRef<T>(null);
  const shown = useRef(result);
  useEffect(() => {
    if (result === shown.current) return;
    shown.current = result;
    if (!element.current) return;
    focus?.(element.current)?.focus({ preventScroll: true });
    const { top, bottom } = element.current.getBoundingClientRect();
    if (top < 0 || bottom > window.innerHeight) element.current.scrollIntoView({ block: 'start' });
  }, [result]);
  return element;
}
