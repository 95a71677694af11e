import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import type { CommandContext } from '../context.js';
import type { OnnxRuntimeFacts } from '../environment.js';
import { findPlugins } from '../plugins/find-plugins.js';
import { registerPlugins } from '../plugins/register-plugins.js';
import { readVersion } from '../version.js';
import { examineHome } from './home.js';
import { examineModels } from './models.js';
import { findProblems } from './problems.js';
import type { DoctorReport, ModelReport } from './report.js';
import { examineTools } from './tools.js';

/** Looks at everything that `ferrum` stands on, without the network. */
export async function examine(context: CommandContext): Promise<DoctorReport> {
  const { environment, signal } = context;
  const store = await environment.openStore({ offline: false });
  const [onnxRuntime, found, home, tools] = await Promise.all([
    examineOnnxRuntime(context),
    findPlugins(context, { home: store.home, phonemizer: true }),
    examineHome(store.home, store.cacheDirectory),
    examineTools(environment.variables, signal),
  ]);
  const { host, reports } = await registerPlugins(found, { models: store, signal });
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

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
