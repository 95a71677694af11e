import { useEffect } from 'preact/hooks';
import { ErrorNote } from '../components/error-note.js';
import { Icon } from '../components/icons.js';
import { ModelPicker, selectedModel } from '../components/model-picker.js';
import { NumberField } from '../components/number-field.js';
import { Stats } from '../components/stats.js';
import { ViewHeading } from '../components/view-heading.js';
import {
  format,
  formats,
  mostCharacters,
  progress,
  saveProblem,
  saveSpeech,
  speak,
  speechProblem,
  speechText,
  speedRule,
  speedText,
  spoken,
  stopSpeech,
} from './speech-state.js';
import { VoicePicker } from './voice-picker.js';
import { followVoices, selectedVoice } from './voices.js';

/** Text to speech, heard while it is made. */
export function SpeechView() {
  useEffect(() => followVoices(), []);
  const model = selectedModel('speech');
  const voice = selectedVoice();
  const speaking = progress.value.phase !== 'idle';
  const { length } = speechText.value.trim();
  return (
    <>
      <ViewHeading title="Speech">Type something and hear it while it is being made.</ViewHeading>
      <form
        class="card form"
        onSubmit={(event) => {
          event.preventDefault();
          if (speaking) stopSpeech();
          else if (model !== undefined && voice !== undefined) void speak(model, voice);
        }}
      >
        <div class="field">
          <label for="speech-text">Text</label>
          <textarea
            id="speech-text"
            rows={5}
            aria-describedby="speech-length"
            value={speechText}
            onInput={(event) => {
              speechText.value = event.currentTarget.value;
            }}
          />
          <p class={`hint end ${length > mostCharacters ? 'over-limit' : ''}`} id="speech-length">
            {length} of {mostCharacters} characters
          </p>
        </div>
        <div class="form-row">
          <ModelPicker capability="speech" />
          <VoicePicker />
          {model !== undefined && <NumberField rule={speedRule} value={speedText} placeholder="1" />}
        </div>
        <div class="actions">
          <button type="submit" class="primary" disabled={!speaking && voice === undefined}>
            <Icon name={speaking ? 'stop' : 'speech'} /> {speaking ? 'Stop' : 'Speak'}
          </button>
          {speaking && (
            <p class="busy">{progress.value.phase === 'waiting' ? 'Making the first sound…' : 'Speaking…'}</p>
          )}
        </div>
        <ErrorNote error={speechProblem.value} />
      </form>
      <SpeechResult />
    </>
  );
}

function SpeechResult() {
  const { firstSoundMs, madeSeconds, made, gaps } = progress.value;
  const result = spoken.value;
  if (firstSoundMs === undefined) return null;
  return (
    <section class="card" aria-labelledby="speech-title">
      <h2 id="speech-title">Sound</h2>
      <Stats
        values={{
          'First sound': `${Math.round(firstSoundMs)} ms`,
          Made: `${madeSeconds.toFixed(1)} s${made ? '' : ' so far'}`,
          Gaps: gaps === 0 ? undefined : String(gaps),
        }}
      />
      {result && (
        <>
          {/* biome-ignore lint/a11y/useMediaCaption: the text above is the caption. */}
          <audio controls src={result.url} aria-label="Player for the speech" />
          <div class="actions">
            <label for="speech-format" class="visually-hidden">
              Format
            </label>
            <select
              id="speech-format"
              value={format.value}
              onChange={(event) => {
                const chosen = formats.find((name) => name === event.currentTarget.value);
                if (chosen) format.value = chosen;
              }}
            >
              {formats.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
            <button type="button" onClick={() => void saveSpeech(result)}>
              Download
            </button>
          </div>
          <ErrorNote error={saveProblem.value} />
        </>
      )}
    </section>
  );
}
