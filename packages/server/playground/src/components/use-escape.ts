import { useEffect } from 'preact/hooks';

/** Calls `stop` when Escape is pressed anywhere on the page while `active`, except where the key closes something. */
export function useEscape(active: boolean, stop: () => void): void {
  useEffect(() => {
    if (!active) return;
    const listen = (event: KeyboardEvent) => {
      // An Escape that ends the composition of a character, or closes a dialog, means only that.
      if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
      if (document.querySelector('dialog[open]') === null) stop();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [active, stop]);
}
