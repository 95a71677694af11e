import type { Ref } from 'preact';
import { modelsFor } from '../api/models.js';
import { ErrorNote } from '../components/error-note.js';
import { ModelPicker, selectedModel } from '../components/model-picker.js';
import { NumberField } from '../components/number-field.js';
import { Stats } from '../components/stats.js';
import { useReveal } from '../components/use-reveal.js';
import { ViewHeading } from '../components/view-heading.js';
import {
  compare,
  compareProblem,
  comparing,
  comparison,
  dimensionsRule,
  dimensionsText,
  linesText,
} from './embeddings-state.js';
import { HeatMap } from './heat-map.js';
import { RankBox } from './rank-box.js';
import { extremePairs, formatSimilarity } from './similarity.js';

/** Lines of text, how similar each is to each, and, with a reranking model, how well each answers a query. */
export function EmbeddingsView() {
  const model = selectedModel('embedding');
  const result = useReveal<HTMLElement>(comparison.value, (section) => section.querySelector('h2'));
  return (
    <>
      <ViewHeading title="Embeddings">Paste lines of text and see which of them mean the same.</ViewHeading>
      <form
        class="card form"
        onSubmit={(event) => {
          event.preventDefault();
          if (model !== undefined) void compare(model);
        }}
      >
        <div class="field">
          <label for="lines">Texts, one on each line</label>
          <textarea
            id="lines"
            rows={6}
            value={linesText}
            onInput={(event) => {
              linesText.value = event.currentTarget.value;
            }}
          />
        </div>
        <div class="form-row">
          <ModelPicker capability="embedding" />
          {model !== undefined && <NumberField rule={dimensionsRule} value={dimensionsText} placeholder="all" />}
          <button type="submit" class="primary" disabled={model === undefined} aria-disabled={comparing.value}>
            {comparing.value ? 'Comparing…' : 'Compare'}
          </button>
        </div>
        <ErrorNote error={compareProblem.value} />
      </form>
      {comparison.value && <Result section={result} />}
      {modelsFor('reranking').length > 0 && <RankBox />}
    </>
  );
}

function Result({ section }: { readonly section: Ref<HTMLElement> }) {
  const result = comparison.value;
  const pairs = result && extremePairs(result.matrix);
  if (!result || !pairs) return null;
  const { lines, matrix, dimensions, promptTokens } = result;
  const { first, second, similarity } = pairs.nearest;
  return (
    <section class="card" ref={section} aria-labelledby="similarity-title">
      <h2 id="similarity-title" tabIndex={-1}>
        Similarity
      </h2>
      <p class="nearest">
        Nearest pair, {formatSimilarity(similarity)}: <q>{lines[first]}</q> and <q>{lines[second]}</q>
      </p>
      <HeatMap lines={lines} matrix={matrix} lowest={pairs.farthest.similarity} highest={similarity} />
      <Stats values={{ Dimensions: String(dimensions), Tokens: String(promptTokens), Lines: String(lines.length) }} />
    </section>
  );
}
