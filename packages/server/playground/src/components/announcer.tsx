import { signal } from '@preact/signals';

interface Announcement {
  readonly id: number;
  readonly text: string;
}

const announcements = signal<readonly Announcement[]>([]);
let nextId = 0;

/** Has a screen reader say a text when it is next silent. */
export function announce(text: string): void {
  if (text === '') return;
  nextId += 1;
  // A few old ones stay: a reader that is slow must not lose them.
  announcements.value = [...announcements.value.slice(-3), { id: nextId, text }];
}

/** The page's one live region. */
export function Announcer() {
  return (
    <div class="visually-hidden" role="status" aria-live="polite" aria-atomic="false" data-testid="announcer">
      {announcements.value.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
    </div>
  );
}
