import type { CommandContext } from '../context.js';
import { examine } from '../doctor/examine.js';
import { renderReport } from '../doctor/render.js';
import type { ExitCode } from '../exit-code.js';
import { exitCodes } from '../exit-code.js';
import { writeJsonLine } from '../output/json-line.js';

/** `ferrum doctor`: says what is installed, what is wrong and how to mend it. */
export async function doctor(flags: { readonly json?: true }, context: CommandContext): Promise<ExitCode> {
  const { stdout } = context;
  const report = await examine(context);
  if (flags.json) await writeJsonLine(stdout, report);
  else await stdout.writeLine(renderReport(report, stdout.colors));
  return report.problems.some(({ severity }) => severity === 'broken') ? exitCodes.failure : exitCodes.success;
}
