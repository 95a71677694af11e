import { useEffect, useId, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { currentTheme } from '../settings/theme.js';
import { type ChartDefinition, type ChartValues, chartSummary } from './charts.js';

const chartHeight = 160;

/** A line chart with its values in words under it. Lines differ by dash as well as by colour. */
export function Chart({ definition, values }: { readonly definition: ChartDefinition; readonly values: ChartValues }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  const titleId = useId();
  const theme = currentTheme.value;
  useEffect(() => {
    if (!box.current) return;
    const element = box.current;
    const made = new UPlot(options(definition, element), toData(values), element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: chartHeight }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
    // A canvas takes its colours once, so another theme is another chart.
  }, [definition, theme]);
  useEffect(() => plot.current?.setData(toData(values)), [values]);
  const summary = chartSummary(definition, values);
  return (
    <figure class="card chart" aria-labelledby={titleId}>
      <figcaption>
        <h2 id={titleId}>{definition.title}</h2>
        <ul class="legend">
          {definition.series.map(({ label }, index) => (
            <li key={label}>
              <svg viewBox="0 0 24 8" aria-hidden="true" class={`line line-${index + 1}`}>
                <path d="M0 4h24" stroke-dasharray={dashes[index]?.join(' ')} />
              </svg>
              {label}
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={box} class="plot" role="img" aria-label={`${definition.title} over the last minutes`} />
      <p class="hint">{summary}</p>
    </figure>
  );
}

/** The shortest time that a chart spans. */
const leastSeconds = 60;

/** Seconds between two times on the axis. */
const timeSteps = [10, 15, 20, 30, 60, 120];

const dashes: readonly number[][] = [[], [6, 3], [2, 3]];

function options({ series, unit }: ChartDefinition, element: HTMLElement): UPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--muted'),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: color('--border'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: chartHeight,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      // A minute at least: in the first seconds the times would crowd.
      x: { range: (_, first, last) => [Math.min(first, last - leastSeconds), last] },
      y: { range: (_, __, most) => [0, most > 0 ? most * 1.15 : 1] },
    },
    axes: [
      { ...axis, size: 28, space: 96, incrs: timeSteps, values: '{HH}:{mm}:{ss}' },
      { ...axis, size: 44, space: 26 },
    ],
    series: [
      {},
      ...series.map(({ label }, index) => ({
        label: `${label} (${unit})`,
        stroke: color(`--chart-${index + 1}`),
        dash: dashes[index] ?? [],
        width: 2,
        points: { show: false },
        spanGaps: false,
      })),
    ],
  };
}

function toData({ times, lines }: ChartValues): UPlot.AlignedData {
  return [[...times], ...lines.map((line) => [...line])];
}
