import { ErrorNote } from '../components/error-note.js';
import { ModelPicker, selectedModel } from '../components/model-picker.js';
import { useReveal } from '../components/use-reveal.js';
import { query, rank, rankBusy, ranking, rankProblem } from './embeddings-state.js';

/** A query that puts the lines above in order, by a reranking model. */
export function RankBox() {
  const model = selectedModel('reranking');
  // The focus stays in the query, which is likely to be changed next.
  const list = useReveal<HTMLOListElement>(ranking.value);
  return (
    <section class="card" aria-labelledby="rank-title">
      <h2 id="rank-title">Rank the lines</h2>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (model !== undefined) void rank(model);
        }}
      >
        <div class="form-row">
          <div class="field grow">
            <label for="query">Query</label>
            <input
              id="query"
              type="text"
              autocomplete="off"
              placeholder="Which line is about animals?"
              value={query}
              onInput={(event) => {
                query.value = event.currentTarget.value;
              }}
            />
          </div>
          <ModelPicker capability="reranking" />
          <button type="submit" class="primary" aria-disabled={rankBusy.value}>
            {rankBusy.value ? 'Ranking…' : 'Rank'}
          </button>
        </div>
        <ErrorNote error={rankProblem.value} />
      </form>
      {ranking.value && (
        <ol class="ranking" ref={list} aria-label="Lines, best first">
          {ranking.value.map(({ text, score }, index) => (
            <li key={index}>
              <span>{text}</span>
              <span class="score">{score.toFixed(3)}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
