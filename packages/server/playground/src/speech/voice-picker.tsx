import { ErrorNote } from '../components/error-note.js';
import { selectedVoice, selectVoice, type Voice, voices, voicesProblem } from './voices.js';

/** The voices of the chosen model, by language. */
export function VoicePicker() {
  const list = voices.value;
  if (voicesProblem.value) return <ErrorNote error={voicesProblem.value} />;
  if (list.length === 0) return null;
  const languages = [...new Set(list.map(({ language }) => language))];
  const options = (language: string) =>
    list
      .filter((voice) => voice.language === language)
      .map((voice) => (
        <option key={voice.id} value={voice.id}>
          {voiceLabel(voice)}
        </option>
      ));
  return (
    <div class="field">
      <label for="voice">Voice</label>
      <select id="voice" value={selectedVoice()} onChange={(event) => selectVoice(event.currentTarget.value)}>
        {languages.length === 1
          ? options(languages[0] ?? '')
          : languages.map((language) => (
              <optgroup key={language} label={languageLabel(language)}>
                {options(language)}
              </optgroup>
            ))}
      </select>
    </div>
  );
}

function voiceLabel({ id, gender, description }: Voice): string {
  const about = [gender, description].filter((part) => part !== undefined).join(', ');
  return about === '' ? id : `${id} (${about})`;
}

/** The name of a language tag such as `en-GB`; the tag itself where it has none. */
function languageLabel(tag: string): string {
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(tag.replace('_', '-')) ?? tag;
  } catch {
    return tag;
  }
}
