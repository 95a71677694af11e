import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ChatView } from './chat/chat-view.js';
import { answering } from './chat/conversation.js';
import { Announcer } from './components/announcer.js';
import { BrandMark, Icon } from './components/icons.js';
import { EmbeddingsView } from './embeddings/embeddings-view.js';
import { MetricsView } from './metrics/metrics-view.js';
import { ModelsView } from './models/models-view.js';
import { currentView, type ViewName, viewNames } from './router.js';
import { ServerNote } from './server-note.js';
import { SettingsDialog } from './settings/settings-dialog.js';
import { openSettings } from './settings/settings-state.js';
import { progress } from './speech/speech-state.js';
import { SpeechView } from './speech/speech-view.js';
import { phase } from './transcription/transcription-state.js';
import { TranscriptionView } from './transcription/transcription-view.js';

/** The whole page: navigation, the view in sight, the settings and the live region. */
export function App() {
  const view = currentView.value;
  const first = useRef(true);
  useEffect(() => {
    document.title = `${views[view].label} · Ferrum playground`;
    if (!first.current) focusHeading();
    first.current = false;
  }, [view]);
  const CurrentView = views[view].component;
  return (
    <div class="shell">
      {/* biome-ignore lint/a11y/useValidAnchor: a link, as every skip link; the hash is taken by the views. */}
      <a
        class="skip-link"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          focusHeading();
        }}
      >
        Skip to the content
      </a>
      <header class="sidebar">
        <p class="brand">
          <BrandMark /> Ferrum
        </p>
        <nav aria-label="Views">
          <ul>
            {viewNames.map((name) => (
              <li key={name}>
                <ViewLink name={name} />
              </li>
            ))}
          </ul>
        </nav>
        <div class="sidebar-end">
          <button type="button" class="plain" onClick={openSettings}>
            <Icon name="settings" /> Settings
          </button>
          <ServerNote />
        </div>
      </header>
      <main id="main">
        <CurrentView />
      </main>
      <SettingsDialog />
      <Announcer />
    </div>
  );
}

/** A link to a view. Work that goes on there while another is in sight shows as a dot. */
function ViewLink({ name }: { readonly name: ViewName }) {
  const { label, shortLabel, activity } = views[name];
  const isCurrent = name === currentView.value;
  const doing = isCurrent ? undefined : activity?.();
  return (
    <a href={`#/${name}`} aria-current={isCurrent ? 'page' : undefined}>
      <Icon name={name} />
      <span class="wide-label">{label}</span>
      <span class="narrow-label">{shortLabel}</span>
      {doing !== undefined && (
        <span class="activity" title={doing}>
          <span class="visually-hidden">({doing})</span>
        </span>
      )}
    </a>
  );
}

interface View {
  readonly label: string;
  /** Fits under an icon on a phone. */
  readonly shortLabel: string;
  readonly component: () => JSX.Element;
  /** What goes on in it now, whether it is in sight or not; undefined for nothing. */
  readonly activity?: () => string | undefined;
}

const views: Readonly<Record<ViewName, View>> = {
  chat: {
    label: 'Chat',
    shortLabel: 'Chat',
    component: ChatView,
    activity: () => (answering.value ? 'answering' : undefined),
  },
  embeddings: { label: 'Embeddings', shortLabel: 'Embed', component: EmbeddingsView },
  transcription: {
    label: 'Transcription',
    shortLabel: 'Transcribe',
    component: TranscriptionView,
    activity: () => (phase.value === 'idle' ? undefined : phase.value),
  },
  speech: {
    label: 'Speech',
    shortLabel: 'Speak',
    component: SpeechView,
    activity: () => (progress.value.phase === 'idle' ? undefined : 'speaking'),
  },
  models: { label: 'Models', shortLabel: 'Models', component: ModelsView },
  metrics: { label: 'Metrics', shortLabel: 'Metrics', component: MetricsView },
};

function focusHeading(): void {
  document.querySelector('h1')?.focus();
}
