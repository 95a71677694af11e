import type { Capability } from '@ferrum/interfaces';
import { formatBytes } from '../output/units.js';
import { phonemizerPackage } from '../phonemizer-plugin.js';
import type { FailedPlugin } from '../plugins/plugin-report.js';
import type { DoctorReport, Problem } from './report.js';

/** What is wrong with what was found, the worst first. */
export function findProblems(report: Omit<DoctorReport, 'problems'>): readonly Problem[] {
  const problems = [
    ...runtimeProblems(report),
    ...pluginProblems(report),
    ...speechProblems(report),
    ...homeProblems(report),
    ...modelProblems(report),
    ...toolProblems(report),
  ];
  return problems.sort((a, b) => rank[a.severity] - rank[b.severity]);
}

const rank = { broken: 0, warning: 1 } as const;

function runtimeProblems({ onnxRuntime, platform, architecture }: Omit<DoctorReport, 'problems'>): readonly Problem[] {
  if (!('error' in onnxRuntime)) return [];
  return [
    {
      severity: 'broken',
      message: `ONNX Runtime cannot be loaded: ${onnxRuntime.error}`,
      remedy: `Install the command anew with npm, on this machine: its native libraries have to be those for ${platform}-${architecture}.`,
    },
  ];
}

function pluginProblems({ plugins }: Omit<DoctorReport, 'problems'>): readonly Problem[] {
  const failed = plugins.flatMap((plugin): readonly Problem[] =>
    plugin.state === 'registered'
      ? []
      : [
          {
            severity: 'broken',
            message: `The plugin ${plugin.name} does not work: ${plugin.error}`,
            remedy: remedyOf(plugin),
          },
        ],
  );
  if (serves(plugins, 'text-generation')) return failed;
  return [
    ...failed,
    {
      severity: 'broken',
      message: 'No engine generates text.',
      remedy: 'Install @ferrum/cli anew: it brings @ferrum/llm.',
    },
  ];
}

function remedyOf({ name, source }: FailedPlugin): string {
  switch (source) {
    case 'added':
      return `"ferrum plugins add ${name}@latest" takes its newest version, "ferrum plugins remove ${name}" takes it away.`;
    case 'environment':
      return `Install a version of ${name} that fits Ferrum, or take it out of FERRUM_PLUGINS.`;
    case 'built-in':
      return name === phonemizerPackage
        ? `Install a version of ${name} that fits Ferrum.`
        : `Install @ferrum/cli anew: it brings ${name}.`;
  }
}

function speechProblems({ plugins }: Omit<DoctorReport, 'problems'>): readonly Problem[] {
  // One that is there and does not work is told of already.
  const isInstalled = plugins.some(({ name }) => name === phonemizerPackage);
  if (isInstalled || !serves(plugins, 'speech') || serves(plugins, 'phonemization')) return [];
  return [
    {
      severity: 'warning',
      message: 'Nothing turns text into phonemes, so "ferrum speak" cannot read text.',
      remedy: `Install the phonemizer with "ferrum plugins add ${phonemizerPackage}" (its licence is the GPL).`,
    },
  ];
}

function serves(plugins: DoctorReport['plugins'], capability: Capability): boolean {
  return plugins.some(
    (plugin) => plugin.state === 'registered' && plugin.engines.some((engine) => engine.capability === capability),
  );
}

/** Below this, in bytes, a small model and its graph do not fit any more. */
const littleSpace = 1e9;

function homeProblems({ home }: Omit<DoctorReport, 'problems'>): readonly Problem[] {
  const problems: Problem[] = [];
  if (!home.writable) {
    problems.push({
      severity: 'broken',
      message: `Models cannot be kept in ${home.path}: ${home.exists ? 'nothing can be written there' : 'the folder cannot be made'}.`,
      remedy: 'Change the permissions of the folder, or set FERRUM_HOME to one that you may write to.',
    });
  }
  if (home.freeBytes !== undefined && home.freeBytes < littleSpace) {
    problems.push({
      severity: 'warning',
      message: `Only ${formatBytes(home.freeBytes)} are free where models are kept (${home.path}).`,
      remedy: 'Remove models with "ferrum rm MODEL", or set FERRUM_HOME to a folder on a larger disk.',
    });
  }
  return problems;
}

function modelProblems({ models }: Omit<DoctorReport, 'problems'>): readonly Problem[] {
  return models.flatMap((model): readonly Problem[] => {
    if (!model.complete) {
      return [
        {
          severity: 'warning',
          message: `The download of ${model.reference} is not complete.`,
          remedy: `"ferrum pull ${model.reference}" goes on with it, "ferrum rm ${model.reference}" removes it.`,
        },
      ];
    }
    if (model.engine !== undefined || model.reason === undefined) return [];
    return [
      {
        severity: 'warning',
        message: `No engine opens ${model.reference}: ${model.reason}.`,
        remedy: `Add a plugin that opens it ("ferrum plugins search" looks for one), or remove the model with "ferrum rm ${model.reference}".`,
      },
    ];
  });
}

function toolProblems({ tools }: Omit<DoctorReport, 'problems'>): readonly Problem[] {
  return tools.flatMap(({ name, command, error }): readonly Problem[] =>
    error === undefined
      ? []
      : [
          {
            severity: 'warning',
            message: `"${command}" does not work (${error}), so models cannot come from ${sourceOf[name]} sources.`,
            remedy: `Install ${name === 'npm' ? 'npm' : 'Python 3 with pip'} and see that it is on the PATH; models from elsewhere do not need it.`,
          },
        ],
  );
}

const sourceOf = { npm: 'npm:', pip: 'pypi:' } as const;
