import { signal } from '@preact/signals';

export const viewNames = ['chat', 'embeddings', 'transcription', 'speech', 'models', 'metrics'] as const;

export type ViewName = (typeof viewNames)[number];

/** The view in sight, from the address's `#/name`. */
export const currentView = signal<ViewName>(viewOf(location.hash) ?? 'chat');

window.addEventListener('hashchange', () => {
  const view = viewOf(location.hash);
  if (view) currentView.value = view;
});

function viewOf(hash: string): ViewName | undefined {
  return viewNames.find((name) => hash === `#/${name}`);
}
