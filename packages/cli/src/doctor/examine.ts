import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import type { Plugin } from '@ferrum/interfaces';
import type { CommandContext } from '../context.js';
import type { OnnxRuntimeFacts } from '../environment.js';
import { loadNamedPlugins, withPhonemizer } from '../open-host.js';
import { phonemizerPackage } from '../phonemizer-plugin.js';
import { readVersion } from '../version.js';
import { examineHome } from './home.js';
import { examineModels } from './models.js';
import { examinePlugin } from './plugins.js';
import { findProblems } from './problems.js';
import type { DoctorReport, ModelReport, PluginReport } from './report.js';
import { examineTools } from './tools.js';

/** Looks at everything that `ferrum` stands on, without the network. */
export async function examine(context: CommandContext): Promise<DoctorReport> {
  const { environment, signal } = context;
  const store = await environment.openStore({ offline: false });
  const [onnxRuntime, { plugins, reports }, home, tools] = await Promise.all([
    examineOnnxRuntime(context),
    examinePlugins(context),
    examineHome(store.home, store.cacheDirectory),
    examineTools(environment.variables, signal),
  ]);
  const { createHost } = await import('@ferrum/registry');
  const host = createHost({ plugins, models: store });
  let models: readonly ModelReport[];
  try {
    models = await examineModels(store, host);
  } finally {
    await host.dispose();
  }
  const processors = cpus();
  const report = {
    ferrum: readVersion(),
    node: process.version,
    platform: process.platform,
    architecture: process.arch,
    processor: { model: processors[0]?.model.trim() || 'unknown', count: availableParallelism() },
    memory: { totalBytes: totalmem(), freeBytes: freemem() },
    onnxRuntime,
    plugins: reports,
    home,
    offline: store.offline,
    models,
    tools,
  };
  return { ...report, problems: findProblems(report) };
}

async function examineOnnxRuntime({
  environment,
}: CommandContext): Promise<OnnxRuntimeFacts | { readonly error: string }> {
  try {
    const { version, libraryPath, providers } = await environment.loadOnnxRuntime();
    return { version, libraryPath, providers };
  } catch (error) {
    return { error: textOf(error) };
  }
}

/** `plugins` are those that register: the others must not keep the doctor from his work. */
async function examinePlugins(
  context: CommandContext,
): Promise<{ readonly plugins: readonly Plugin[]; readonly reports: readonly PluginReport[] }> {
  const reports: PluginReport[] = [];
  const plugins: Plugin[] = [];
  const load = async (): Promise<readonly Plugin[]> => {
    try {
      return await context.environment.loadPlugins();
    } catch (error) {
      const name = '@ferrum/llm, @ferrum/embed, @ferrum/whisper or @ferrum/tts';
      reports.push({ name, state: 'failed', error: textOf(error) });
      return [];
    }
  };
  const loadPhonemizer = async (): Promise<Plugin | undefined> => {
    try {
      return await context.environment.loadPhonemizer();
    } catch (error) {
      reports.push({ name: phonemizerPackage, state: 'failed', error: textOf(error) });
      return undefined;
    }
  };
  const [own, named, phonemizer] = await Promise.all([load(), loadNamedPlugins(context), loadPhonemizer()]);
  for (const { name, error } of named.failures) reports.push({ name, state: 'failed', error: textOf(error) });
  for (const plugin of withPhonemizer([...own, ...named.plugins], phonemizer)) {
    const report = await examinePlugin(plugin);
    reports.push(report);
    if (report.state === 'registered') plugins.push(plugin);
  }
  return { plugins, reports };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
