import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../components/icons.js';
import { choose, endRecording, phase, record } from './transcription-state.js';
import { clockTime } from './words.js';

/** Three ways to bring audio: drop a file, choose one, record. */
export function AudioSource({ model }: { readonly model: string | undefined }) {
  const input = useRef<HTMLInputElement>(null);
  const over = useSignal(false);
  const recording = phase.value === 'recording';
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra for the mouse; the buttons do the same.
    <div
      class={`drop-zone ${over.value ? 'over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => {
        over.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        const [file] = event.dataTransfer?.files ?? [];
        if (file) void choose(file, model);
      }}
    >
      <p>{recording ? <RecordingTime /> : 'Drop an audio file here'}</p>
      <div class="actions">
        <input
          ref={input}
          hidden
          type="file"
          accept="audio/*,video/mp4,video/webm"
          aria-label="Audio file"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            if (file) void choose(file, model);
            // The same file chosen again is a change too.
            event.currentTarget.value = '';
          }}
        />
        <button type="button" disabled={recording} onClick={() => input.current?.click()}>
          Choose a file
        </button>
        <button
          type="button"
          class={recording ? 'primary' : ''}
          onClick={() => void (recording ? endRecording(model) : record())}
        >
          <Icon name={recording ? 'stop' : 'transcription'} /> {recording ? 'Stop recording' : 'Record'}
        </button>
      </div>
    </div>
  );
}

function RecordingTime() {
  const seconds = useSignal(0);
  useEffect(() => {
    const startedAt = performance.now();
    const timer = setInterval(() => {
      seconds.value = (performance.now() - startedAt) / 1000;
    }, 250);
    return () => clearInterval(timer);
  }, []);
  return (
    <span class="recording" role="timer">
      Recording {clockTime(seconds.value)}
    </span>
  );
}
