import { languages } from './languages.js';
import { language } from './transcription-state.js';

/** The language that is spoken, or to have it detected. */
export function LanguagePicker() {
  return (
    <div class="field">
      <label for="language">Language</label>
      <select
        id="language"
        value={language.value}
        onChange={(event) => {
          language.value = event.currentTarget.value;
        }}
      >
        <option value="">Detect</option>
        {[...languages].map(([code, name]) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
