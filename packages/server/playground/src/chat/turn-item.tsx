import { useMemo } from 'preact/hooks';
import { ErrorNote } from '../components/error-note.js';
import { Stats } from '../components/stats.js';
import type { Turn } from './conversation.js';
import { Markdown } from './markdown.js';

/** One question with its answer. */
export function TurnItem({ turn }: { readonly turn: Turn }) {
  const { question, answer, state, model, finishReason, error } = turn;
  const markdown = useMemo(() => <Markdown text={answer} />, [answer]);
  return (
    <>
      <li class="message question">
        <h2 class="visually-hidden">You</h2>
        <p>{question}</p>
      </li>
      <li class="message answer" aria-busy={state === 'waiting' || state === 'streaming'}>
        <h2>{model}</h2>
        {state === 'waiting' && (
          <p class="waiting">
            <span class="visually-hidden">Waiting for the first token</span>
            <i />
            <i />
            <i />
          </p>
        )}
        {answer !== '' && markdown}
        {state === 'complete' && answer === '' && <p class="hint">The model ended its answer at once.</p>}
        {state === 'stopped' && <p class="hint">Stopped.</p>}
        {finishReason === 'length' && <p class="hint">Cut at the most tokens allowed.</p>}
        <ErrorNote error={error} />
        <Stats values={statsOf(turn)} />
      </li>
    </>
  );
}

function statsOf({ timing, state }: Turn): Record<string, string | undefined> {
  if (!timing || state === 'waiting' || timing.tokens === 0) return {};
  const { tokens, estimated, timeToFirstTokenMs, tokensPerSecond } = timing;
  return {
    Tokens: `${estimated ? '≈ ' : ''}${tokens}`,
    'Tokens/s': tokensPerSecond === undefined ? undefined : tokensPerSecond.toFixed(1),
    'First token': timeToFirstTokenMs === undefined ? undefined : `${Math.round(timeToFirstTokenMs)} ms`,
  };
}
