import type { Colors } from '../output/output.js';
import { formatTable } from '../output/table.js';
import { formatBytes } from '../output/units.js';
import type { DoctorReport, GraphsReport } from './report.js';

/** The report for people. */
export function renderReport(report: DoctorReport, colors: Colors): string {
  const sections: [title: string, body: string][] = [
    ['System', formatTable(systemRows(report))],
    ['Engines', formatTable(engineRows(report))],
    ['Models', report.models.length > 0 ? formatTable(modelRows(report)) : 'none yet'],
    ['Problems', renderProblems(report, colors)],
  ];
  return sections.map(([title, body]) => `${colors.bold(title)}\n${indent(body)}`).join('\n\n');
}

function systemRows({ onnxRuntime, home, ...report }: DoctorReport): string[][] {
  const space = home.freeBytes === undefined ? '' : `, ${formatBytes(home.freeBytes)} free`;
  return [
    ['Ferrum', report.ferrum],
    ['Node.js', `${report.node}, ${report.platform}-${report.architecture}`],
    ['Processor', `${report.processor.model}, ${report.processor.count} threads`],
    ['Memory', `${formatBytes(report.memory.totalBytes)}, ${formatBytes(report.memory.freeBytes)} free`],
    ...('error' in onnxRuntime
      ? [['ONNX Runtime', 'cannot be loaded']]
      : [
          ['ONNX Runtime', `${onnxRuntime.version}, ${describeProviders(onnxRuntime.providers)}`],
          ['', onnxRuntime.libraryPath],
        ]),
    ['Models in', `${home.path}${home.exists ? '' : ' (not there yet)'}${space}`],
    ['Graphs in', `${home.graphs.path}${describeGraphs(home.graphs)}`],
    ['Network', report.offline ? 'forbidden by FERRUM_OFFLINE' : 'allowed'],
    ...report.tools.map(({ name, command, version }) => [name, version ? `${version} (${command})` : 'not found']),
  ];
}

/** The library knows more providers by name than it brings: a GPU's comes with libraries and a device of its own. */
function describeProviders(providers: readonly string[]): string {
  const names = providers.map((provider) => provider.replace(/ExecutionProvider$/, ''));
  const others = names.filter((name) => name !== 'CPU').map((name) => properNames.get(name) ?? name);
  return ['CPU', ...(others.length > 0 ? [`built to load (not tried here): ${others.join(', ')}`] : [])].join('; ');
}

const properNames: ReadonlyMap<string, string> = new Map([
  ['Tensorrt', 'TensorRT'],
  ['WebGpu', 'WebGPU'],
  ['Dml', 'DirectML'],
]);

function describeGraphs({ count, sizeBytes }: GraphsReport): string {
  if (count === 0) return ' (none yet)';
  return `, ${formatBytes(sizeBytes)} in ${count} converted ${count === 1 ? 'model' : 'models'}; deleted ones are made again when needed`;
}

function engineRows({ plugins }: DoctorReport): string[][] {
  return plugins.flatMap((plugin) => {
    if (plugin.state === 'failed') return [[plugin.name, plugin.version ?? '', 'does not work']];
    return plugin.engines.map(({ id, capability, device, features }) => [
      id,
      plugin.version,
      capability,
      device,
      features.join(', '),
    ]);
  });
}

function modelRows({ models }: DoctorReport): string[][] {
  return models.map(({ reference, sizeBytes, complete, engine, reason }) => [
    reference,
    formatBytes(sizeBytes),
    complete ? (engine ?? (reason === undefined ? 'used by others' : 'no engine')) : 'incomplete',
  ]);
}

function renderProblems({ problems }: DoctorReport, colors: Colors): string {
  if (problems.length === 0) return colors.green('none');
  return problems
    .map(({ severity, message, remedy }) => {
      const label = severity === 'broken' ? colors.red('broken ') : colors.yellow('warning');
      return `${label}  ${message}\n         ${remedy}`;
    })
    .join('\n');
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
