import { useEffect, useMemo } from 'preact/hooks';
import { ErrorNote } from '../components/error-note.js';
import { ViewHeading } from '../components/view-heading.js';
import { Chart } from './chart.js';
import { type ChartDefinition, charts, chartValues } from './charts.js';
import { followMetrics, history, historyProblem } from './history.js';

/** Charts of `/metrics`, read every two seconds while the view is in sight. */
export function MetricsView() {
  useEffect(() => followMetrics(), []);
  return (
    <>
      <ViewHeading title="Metrics">
        What the server is doing, read every two seconds while this page is open.
      </ViewHeading>
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
