// What can be wrong with a Grafana dashboard that Grafana itself would show as an empty panel.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const columns = 24;
const keywords = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);
/** Put on by Prometheus: of the scrape, of a histogram's buckets, of a summary. */
const prometheusLabels = ['instance', 'job', 'le', 'quantile'];

/** Every PromQL expression, with Grafana's variables replaced by values. */
export function expressionsOf(dashboard) {
  return targetsOf(dashboard).map(({ expr }) => expr.replaceAll(/\[\$__\w+\]/g, '[5m]').replaceAll(/\$\w+/g, 'value'));
}

/** @returns sentences; none when every metric and label is defined by the sources and every panel is whole */
export function dashboardFindings(dashboard, root) {
  return [
    ...metricFindings(dashboard, metricSources(root)),
    ...variableFindings(dashboard),
    ...layoutFindings(dashboard),
  ];
}

function targetsOf({ panels }) {
  return panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ ...target, title })));
}

/** The server's own metrics, and prom-client's default ones. */
function metricSources(root) {
  const server = path.join(root, 'packages', 'server');
  const folders = [
    [path.join(server, 'src', 'metrics'), /(?<!\.test)\.ts$/],
    [path.join(server, 'node_modules', 'prom-client', 'lib', 'metrics'), /\.js$/],
  ];
  return folders
    .filter(([folder]) => existsSync(folder))
    .flatMap(([folder, pattern]) =>
      readdirSync(folder, { recursive: true })
        .filter((file) => pattern.test(file))
        .map((file) => readFileSync(path.join(folder, file), 'utf8')),
    )
    .join('\n')
    .replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

function metricFindings(dashboard, sources) {
  const defined = new Set(
    [...sources.matchAll(/(['"`])((?:ferrum|nodejs|process)_[a-z0-9_]+)\1/g)].map(([, , name]) => name),
  );
  const isDefined = (name) => defined.has(name) || defined.has(name.replace(/_(bucket|sum|count)$/, ''));
  const words = new Set([...prometheusLabels, ...(sources.match(/\w+/g) ?? [])]);
  const expressions = expressionsOf(dashboard);
  return [
    ...[...new Set(expressions.flatMap(metricsIn))]
      .filter((name) => !isDefined(name))
      .map((name) => `${name} is defined neither in packages/server/src/metrics nor by prom-client`),
    ...[...new Set(expressions.flatMap(labelsIn))]
      .filter((label) => !words.has(label))
      .map((label) => `no metric has the label ${label}`),
  ];
}

/** What remains of an expression without selectors, ranges, grouping and functions. */
function metricsIn(expression) {
  const bare = expression
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  return [...bare.matchAll(/\b[a-zA-Z_:][\w:]*\b(?!\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !keywords.has(name));
}

function labelsIn(expression) {
  const matchers = [...expression.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label]) => label);
  const grouped = [...expression.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, labels]) => labels.split(','));
  return [...matchers, ...grouped.map((label) => label.trim())];
}

function variableFindings(dashboard) {
  const known = new Set(dashboard.templating.list.map(({ name }) => name));
  const used = JSON.stringify(dashboard).matchAll(/\$\{?(?!__)(\w+)/g);
  const unknown = new Set([...used].map(([, name]) => name).filter((name) => !known.has(name)));
  return [...unknown].map((name) => `the variable $${name} is not among its variables`);
}

function layoutFindings({ panels }) {
  const findings = [];
  const taken = new Map();
  const numbers = new Set();
  for (const { id, title, type, datasource, targets = [], gridPos } of panels) {
    if (numbers.has(id)) findings.push(`two panels have the id ${id}`);
    numbers.add(id);
    if (type !== 'row' && targets.length === 0) findings.push(`the panel "${title}" asks for nothing`);
    const sources = [datasource, ...targets.map((target) => target.datasource)];
    if (type !== 'row' && sources.some((source) => !/^\$\{datasource\}$/.test(source?.uid))) {
      findings.push(`the panel "${title}" does not use the variable datasource`);
    }
    if (gridPos.x + gridPos.w > columns) findings.push(`the panel "${title}" is wider than the page`);
    for (let cell = 0; cell < gridPos.w * gridPos.h; cell += 1) {
      const place = `${gridPos.x + (cell % gridPos.w)},${gridPos.y + Math.floor(cell / gridPos.w)}`;
      if (taken.has(place)) {
        findings.push(`the panel "${title}" lies over "${taken.get(place)}"`);
        break;
      }
      taken.set(place, title);
    }
  }
  return findings;
}
