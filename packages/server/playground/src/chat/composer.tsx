import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { announce } from '../components/announcer.js';
import { ErrorNote } from '../components/error-note.js';
import { Icon } from '../components/icons.js';
import { useEscape } from '../components/use-escape.js';
import { answering, ask, clear, retry, sendProblem, stop, turns } from './conversation.js';

const draft = signal('');

/** Where a question is written and sent. Enter sends, Shift+Enter makes a line; Escape stops, wherever the focus is. */
export function Composer({ model }: { readonly model: string | undefined }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const isAnswering = answering.value;
  useEscape(isAnswering, stop);
  useEffect(() => fitHeight(field.current), [draft.value]);
  const send = () => {
    const question = draft.value.trim();
    if (question === '') announce('Write a message first.');
    else if (model !== undefined && ask(question, model)) draft.value = '';
    field.current?.focus();
  };
  const stopAnswer = () => {
    stop();
    field.current?.focus();
  };
  return (
    <form
      class="composer card"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isAnswering) send();
      }}
    >
      <ErrorNote error={sendProblem.value} />
      <label for="message" class="visually-hidden">
        Message
      </label>
      <textarea
        id="message"
        ref={field}
        rows={1}
        placeholder="Write a message"
        aria-describedby="message-keys"
        value={draft}
        onInput={(event) => {
          draft.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          // An Enter that ends the composition of a character (Japanese, Chinese) is no Enter.
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          if (!isAnswering) send();
        }}
      />
      <div class="composer-row">
        <p class="hint keys" id="message-keys">
          Enter sends, Shift+Enter makes a line{isAnswering ? ', Escape stops' : ''}.
        </p>
        {turns.value.length > 0 && (
          <>
            <button
              type="button"
              class="plain"
              onClick={() => {
                clear();
                field.current?.focus();
              }}
            >
              Clear
            </button>
            <button
              type="button"
              class="plain"
              disabled={isAnswering || model === undefined}
              onClick={() => model !== undefined && retry(model)}
            >
              Retry
            </button>
          </>
        )}
        {isAnswering ? (
          <button type="button" class="primary" onClick={stopAnswer}>
            <Icon name="stop" /> Stop
          </button>
        ) : (
          <button type="submit" class="primary" disabled={model === undefined}>
            <Icon name="send" /> Send
          </button>
        )}
      </div>
    </form>
  );
}

/** As high as its text, to the most that the style sheet allows. */
function fitHeight(field: HTMLTextAreaElement | null): void {
  if (!field) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight + 2}px`;
}
