import { useMemo } from 'preact/hooks';
import { ErrorNote } from '../components/error-note.js';
import { ViewHeading } from '../components/view-heading.js';
import { Chart } from './chart.js';
import { type ChartDefinition, charts, chartValues } from './charts.js';
import { history, historyProblem } from './history.js';

/** Charts of what was read of `/metrics` since the page was opened. */
export function MetricsView() {
  return (
    <>
      <ViewHeading title="Metrics">What the server did in the last five minutes that this page was open.</ViewHeading>
      <ErrorNote error={historyProblem.value} />
      <div class="charts">
        {charts.map((definition) => (
          <LiveChart key={definition.title} definition={definition} />
        ))}
      </div>
    </>
  );
}

function LiveChart({ definition }: { readonly definition: ChartDefinition }) {
  const scrapes = history.value;
  const values = useMemo(() => chartValues(definition, scrapes), [definition, scrapes]);
  return <Chart definition={definition} values={values} />;
}
