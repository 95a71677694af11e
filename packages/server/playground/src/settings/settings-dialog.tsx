import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { refreshModels } from '../api/models.js';
import { announce } from '../components/announcer.js';
import { apiKey, setApiKey } from './api-key.js';
import { settingsOpen } from './settings-state.js';
import { setTheme, type ThemeChoice, themeChoice } from './theme.js';

/** The API key and the theme. */
export function SettingsDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const key = useSignal('');
  const open = settingsOpen.value;
  useEffect(() => {
    if (!open) return;
    key.value = apiKey.value;
    dialog.current?.showModal();
  }, [open]);
  const close = () => dialog.current?.close();
  return (
    <dialog
      ref={dialog}
      aria-labelledby="settings-title"
      onClose={() => {
        settingsOpen.value = false;
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setApiKey(key.value.trim());
          void refreshModels();
          announce('Settings saved.');
          close();
        }}
      >
        <h2 id="settings-title">Settings</h2>
        <div class="field">
          <label for="api-key">API key</label>
          <input
            id="api-key"
            type="password"
            autocomplete="off"
            spellcheck={false}
            aria-describedby="api-key-hint"
            value={key}
            onInput={(event) => {
              key.value = event.currentTarget.value;
            }}
          />
          <p class="hint" id="api-key-hint">
            Sent with every call. Kept until this tab is closed. Leave it empty if the server has none.
          </p>
        </div>
        <fieldset class="choices">
          <legend>Theme</legend>
          {themes.map(({ value, label }) => (
            <label key={value}>
              <input
                type="radio"
                name="theme"
                value={value}
                checked={themeChoice.value === value}
                onChange={() => setTheme(value)}
              />
              <span>{label}</span>
            </label>
          ))}
        </fieldset>
        <div class="actions end">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Save
          </button>
        </div>
      </form>
    </dialog>
  );
}

const themes: readonly { readonly value: ThemeChoice; readonly label: string }[] = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];
