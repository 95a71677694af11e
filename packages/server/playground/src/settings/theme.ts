import { effect, signal } from '@preact/signals';

export type ThemeChoice = 'system' | 'light' | 'dark';

const storageKey = 'ferrum-theme';
const darkQuery = window.matchMedia('(prefers-color-scheme: dark)');
const systemTheme = signal(darkQuery.matches ? 'dark' : 'light');

/** What the user chose; `system` follows the operating system. Kept in localStorage. */
export const themeChoice = signal<ThemeChoice>(readChoice());

/** The theme in force, for what cannot read it from CSS (a canvas). */
export const currentTheme = signal<'light' | 'dark'>('light');

/** Puts the theme on the document, now and whenever the choice or the system's preference changes. */
export function startTheme(): void {
  darkQuery.addEventListener('change', ({ matches }) => {
    systemTheme.value = matches ? 'dark' : 'light';
  });
  effect(() => {
    const theme = themeChoice.value === 'system' ? systemTheme.value : themeChoice.value;
    document.documentElement.dataset.theme = theme;
    currentTheme.value = theme === 'dark' ? 'dark' : 'light';
  });
}

/** Chooses a theme and keeps the choice. */
export function setTheme(choice: ThemeChoice): void {
  themeChoice.value = choice;
  localStorage.setItem(storageKey, choice);
}

function readChoice(): ThemeChoice {
  const kept = localStorage.getItem(storageKey);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}
