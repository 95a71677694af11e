/** A running recording of the microphone. */
export interface Recording {
  /** Ends it and gives what was recorded. */
  stop(): Promise<Blob>;
}

/** Begins to record. Throws an `Error` that says in words why it cannot: no microphone, no permission. */
export async function startRecording(): Promise<Recording> {
  // Browsers hide the microphone from pages that came over plain HTTP from another machine.
  if (!navigator.mediaDevices || typeof MediaRecorder === 'undefined') {
    throw new Error('This browser does not let the page record. Open it through https or localhost.');
  }
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    throw new Error(microphoneProblem(error));
  }
  const recorder = new MediaRecorder(stream);
  const parts: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
  recorder.start();
  return {
    stop: () =>
      new Promise((resolve) => {
        recorder.addEventListener('stop', () => {
          for (const track of stream.getTracks()) track.stop();
          resolve(new Blob(parts, { type: recorder.mimeType }));
        });
        recorder.stop();
      }),
  };
}

function microphoneProblem(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotFoundError') return 'No microphone was found. Connect one, or choose a file.';
  if (name === 'NotAllowedError') return 'The microphone is not allowed for this page. Allow it in the address bar.';
  return `The microphone cannot be used: ${error instanceof Error ? error.message : String(error)}`;
}
