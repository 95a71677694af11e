import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { ModelPicker, selectedModel } from '../components/model-picker.js';
import { NumberField } from '../components/number-field.js';
import { ViewHeading } from '../components/view-heading.js';
import { type ChatNumber, chatNumbers, systemMessage } from './chat-settings.js';
import { Composer } from './composer.js';
import { turns } from './conversation.js';
import { TurnItem } from './turn-item.js';

/** A conversation with a language model. */
export function ChatView() {
  const list = turns.value;
  useFollowEnd(list);
  return (
    <div class="chat">
      <ViewHeading title="Chat">Talk to a language model. Answers appear as they are written.</ViewHeading>
      <ChatSettings />
      <div class="chat-main">
        {list.length === 0 ? (
          <p class="empty">Nothing said yet. Ask something below.</p>
        ) : (
          <ol class="messages" aria-label="Conversation">
            {list.map((turn) => (
              <TurnItem key={turn.id} turn={turn} />
            ))}
          </ol>
        )}
        <Composer model={selectedModel('text-generation')} />
      </div>
    </div>
  );
}

function ChatSettings() {
  return (
    <details class="card chat-settings" open={window.matchMedia('(min-width: 75rem)').matches}>
      <summary>Model and settings</summary>
      <ModelPicker capability="text-generation" />
      <div class="field">
        <label for="system-message">System message</label>
        <textarea
          id="system-message"
          rows={3}
          placeholder="You are a helpful assistant."
          value={systemMessage}
          onInput={(event) => {
            systemMessage.value = event.currentTarget.value;
          }}
        />
      </div>
      <div class="field-grid">
        {Object.entries<ChatNumber>(chatNumbers).map(([name, { rule, text, whenEmpty }]) => (
          <NumberField key={name} rule={rule} value={text} placeholder={whenEmpty?.toString() ?? 'default'} />
        ))}
      </div>
    </details>
  );
}

/** Keeps the page's end in sight while an answer grows, unless the reader has scrolled up. */
function useFollowEnd(list: unknown): void {
  const atEnd = useRef(true);
  useEffect(() => {
    const watch = () => {
      const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
      atEnd.current = scrollHeight - clientHeight - scrollTop < 80;
    };
    window.addEventListener('scroll', watch, { passive: true });
    return () => window.removeEventListener('scroll', watch);
  }, []);
  useLayoutEffect(() => {
    if (atEnd.current) window.scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' });
  }, [list]);
}
