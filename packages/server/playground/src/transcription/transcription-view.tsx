import { useMemo, useRef } from 'preact/hooks';
import { ErrorNote } from '../components/error-note.js';
import { ModelPicker, selectedModel } from '../components/model-picker.js';
import { Stats } from '../components/stats.js';
import { ViewHeading } from '../components/view-heading.js';
import { AudioSource } from './audio-source.js';
import { LanguagePicker } from './language-picker.js';
import { isEnglishOnly } from './languages.js';
import { Transcript } from './transcript.js';
import { audio, cancel, download, phase, problem, saveProblem, transcribe, transcript } from './transcription-state.js';
import { clockTime, paragraphsOf } from './words.js';

/** Speech to text: bring audio, read the words, hear each of them. */
export function TranscriptionView() {
  const model = selectedModel('transcription');
  return (
    <>
      <ViewHeading title="Transcription">Speech to text. Words light up as the audio plays.</ViewHeading>
      <section class="card form" aria-label="Audio">
        <div class="form-row">
          <ModelPicker capability="transcription" />
          {model !== undefined && !isEnglishOnly(model) && <LanguagePicker />}
        </div>
        <AudioSource model={model} />
        <ErrorNote error={problem.value} />
      </section>
      <ChosenAudioCard model={model} />
    </>
  );
}

function ChosenAudioCard({ model }: { readonly model: string | undefined }) {
  const player = useRef<HTMLAudioElement>(null);
  const chosen = audio.value;
  const result = transcript.value;
  const paragraphs = useMemo(() => (result ? paragraphsOf(result) : []), [result]);
  if (!chosen) return null;
  const busy = phase.value === 'transcribing';
  return (
    <section class="card" aria-labelledby="audio-title">
      <h2 id="audio-title" class="file-name">
        {chosen.file.name}
      </h2>
      {/* biome-ignore lint/a11y/useMediaCaption: the transcript below is the caption. */}
      <audio ref={player} controls src={chosen.url} aria-label={`Player for ${chosen.file.name}`} />
      <div class="actions">
        {busy ? (
          <button type="button" class="primary" onClick={cancel}>
            Cancel
          </button>
        ) : (
          <button
            type="button"
            class={result ? '' : 'primary'}
            disabled={model === undefined}
            onClick={() => model !== undefined && void transcribe(model)}
          >
            {result ? 'Transcribe again' : 'Transcribe'}
          </button>
        )}
        {busy && <p class="busy">Transcribing…</p>}
      </div>
      {result && paragraphs.length === 0 && <p class="hint">No speech was found.</p>}
      {paragraphs.length > 0 && <Transcript paragraphs={paragraphs} player={player} />}
      {result && (
        <>
          <Stats values={{ Language: result.language, Length: clockTime(result.duration) }} />
          <div class="actions">
            <span class="hint">Download</span>
            {(['txt', 'srt', 'vtt'] as const).map((format) => (
              <button
                key={format}
                type="button"
                aria-label={`Download as ${format}`}
                disabled={model === undefined || busy}
                onClick={() => model !== undefined && void download(format, model)}
              >
                .{format}
              </button>
            ))}
          </div>
          <ErrorNote error={saveProblem.value} />
        </>
      )}
    </section>
  );
}
