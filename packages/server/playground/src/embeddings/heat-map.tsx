import { formatSimilarity } from './similarity.js';

/** A table of cosine similarities whose cells are the warmer the nearer their two lines are. */
export function HeatMap({
  lines,
  matrix,
  lowest,
  highest,
}: {
  readonly lines: readonly string[];
  readonly matrix: readonly (readonly number[])[];
  /** The range of the pairs, which the colours span. */
  readonly lowest: number;
  readonly highest: number;
}) {
  const heat = (value: number) => (highest > lowest ? (value - lowest) / (highest - lowest) : 1);
  return (
    <>
      <p class="hint">
        Cosine similarity of each line with each other. The colour runs from {formatSimilarity(lowest)} (pale) to{' '}
        {formatSimilarity(highest)} (strong).
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within the keyboard's reach. */}
      <section class="table-scroll" aria-label="Heat map" tabIndex={0}>
        <table class="heat-map" aria-label="Cosine similarity">
          <thead>
            <tr>
              <th scope="col">Line</th>
              {lines.map((line, index) => (
                <th key={index} scope="col" title={line}>
                  {index + 1}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.map((row, rowIndex) => (
              <tr key={rowIndex}>
                <th scope="row" title={lines[rowIndex]}>
                  <span class="line-number">{rowIndex + 1}</span>
                  <span class="line-text">{lines[rowIndex]}</span>
                </th>
                {row.map((value, index) => (
                  <td
                    key={index}
                    class={index === rowIndex ? 'same' : undefined}
                    style={{ '--heat': index === rowIndex ? 0 : heat(value).toFixed(3) }}
                  >
                    {formatSimilarity(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
