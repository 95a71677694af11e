import type { RefObject } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { clockTime, type Paragraph, wordAt } from './words.js';

/**
 * The words of a transcript. The one that sounds is lit; choosing one moves the player there. One stop of the Tab key:
 * the arrow keys, Home and End move from word to word.
 */
export function Transcript({
  paragraphs,
  player,
}: {
  readonly paragraphs: readonly Paragraph[];
  readonly player: RefObject<HTMLAudioElement | null>;
}) {
  const box = useRef<HTMLDivElement>(null);
  useLitWord(box, player, paragraphs);
  const text = useMemo(() => <Words paragraphs={paragraphs} />, [paragraphs]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would announce a form.
    <div
      ref={box}
      class="transcript"
      role="group"
      aria-label="Transcript: arrow keys move between words, Enter plays from one"
      onKeyDown={(event) => moveFocus(event, box.current)}
      onClick={(event) => {
        const word = event.target instanceof Element ? event.target.closest('button') : null;
        if (!word || !player.current) return;
        player.current.currentTime = Number(word.dataset.start);
        void player.current.play();
      }}
    >
      {text}
    </div>
  );
}

function Words({ paragraphs }: { readonly paragraphs: readonly Paragraph[] }) {
  let first = true;
  return (
    <>
      {paragraphs.map((paragraph, index) => (
        <p key={index}>
          <span class="time">{clockTime(paragraph[0]?.start ?? 0)}</span>
          <span>
            {paragraph.map(({ text, before, start }, wordIndex) => {
              const tabIndex = first ? 0 : -1;
              first = false;
              return (
                <span key={wordIndex}>
                  {before}
                  <button type="button" class="word" tabIndex={tabIndex} data-start={start}>
                    {text}
                  </button>
                </span>
              );
            })}
          </span>
        </p>
      ))}
    </>
  );
}

/** Marks the sounding word on the element itself: a render of thousands of words for each would be too slow. */
function useLitWord(
  box: RefObject<HTMLElement | null>,
  player: RefObject<HTMLAudioElement | null>,
  paragraphs: readonly Paragraph[],
): void {
  useEffect(() => {
    const audio = player.current;
    const buttons = wordButtons(box.current);
    const words = paragraphs.flat();
    if (!audio) return;
    let lit = -1;
    let frame = 0;
    const update = () => {
      const now = wordAt(words, audio.currentTime);
      if (now !== lit) {
        buttons[lit]?.removeAttribute('aria-current');
        buttons[now]?.setAttribute('aria-current', 'true');
        lit = now;
      }
    };
    const follow = () => {
      update();
      if (!audio.paused) frame = requestAnimationFrame(follow);
    };
    audio.addEventListener('play', follow);
    audio.addEventListener('seeked', update);
    return () => {
      cancelAnimationFrame(frame);
      audio.removeEventListener('play', follow);
      audio.removeEventListener('seeked', update);
      buttons[lit]?.removeAttribute('aria-current');
    };
  }, [paragraphs]);
}

function moveFocus(event: KeyboardEvent, box: HTMLElement | null): void {
  const buttons = wordButtons(box);
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  const targets: Readonly<Record<string, number>> = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    Home: 0,
    End: buttons.length - 1,
  };
  const target = buttons[targets[event.key] ?? -1];
  if (!target || at < 0) return;
  event.preventDefault();
  const current = buttons[at];
  if (current) current.tabIndex = -1;
  target.tabIndex = 0;
  target.focus();
}

function wordButtons(box: HTMLElement | null): readonly HTMLButtonElement[] {
  return box ? [...box.querySelectorAll<HTMLButtonElement>('button.word')] : [];
}
