import { readFile } from 'node:fs/promises';
import { describeIssue } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';

const rank = v.pipe(v.number(), v.integer(), v.minValue(1));
const alpha = v.pipe(v.number(), v.finite());
const off = (message: string) => v.nullish(v.literal(false, message));

const schema = v.object({
  peft_type: v.literal('LORA', 'must be LORA'),
  r: rank,
  lora_alpha: alpha,
  rank_pattern: v.nullish(v.record(v.string(), rank), {}),
  alpha_pattern: v.nullish(v.record(v.string(), alpha), {}),
  target_modules: v.nullish(v.union([v.string(), v.array(v.string())])),
  use_rslora: v.nullish(v.boolean(), false),
  fan_in_fan_out: off('must be false; transposed layers are not supported'),
  use_dora: off('must be false; DoRA is not supported'),
  lora_bias: off('must be false; biases are not supported'),
  bias: v.nullish(v.literal('none', 'must be "none"; trained biases are not supported')),
  modules_to_save: v.nullish(
    v.pipe(v.array(v.string()), v.maxLength(0, 'must be empty; whole modules are not supported')),
  ),
});

/** What `adapter_config.json` says about a projection. */
export interface PeftConfig {
  /** Projections that must be there; none where they are chosen by a regular expression or by a rule. */
  readonly targets: readonly string[];
  rankOf(module: string): number;
  /** What the product of its two matrices is multiplied with. */
  scaleOf(module: string): number;
}

/** @throws FerrumError `NotFound`, `IO`, `InvalidFormat`, or `Unsupported`, naming file and field. */
export async function readPeftConfig(file: string): Promise<PeftConfig> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const code = cause.code === 'ENOENT' ? 'NotFound' : 'IO';
    throw new FerrumError(code, `${file} can't be read; a PEFT adapter needs it beside its weights.`, { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new FerrumError('InvalidFormat', `${file} is not valid JSON.`, { cause });
  }
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (!result.success) {
    const { field, message } = describeIssue(result.issues);
    const code = message.includes('not supported') ? 'Unsupported' : 'InvalidFormat';
    throw new FerrumError(code, `${file}: \`${field}\` ${message}.`, { details: { file, field } });
  }
  const config = result.output;
  const rankOf = (module: string): number => valueFor(config.rank_pattern ?? {}, module) ?? config.r;
  return {
    targets: Array.isArray(config.target_modules) ? config.target_modules : [],
    rankOf,
    scaleOf: (module) => {
      const numerator = valueFor(config.alpha_pattern ?? {}, module) ?? config.lora_alpha;
      return numerator / (config.use_rslora ? Math.sqrt(rankOf(module)) : rankOf(module));
    },
  };
}

/** PEFT's rule: a key is a regular expression that ends at the module's end; here plain names, anything else is refused. */
function valueFor(pattern: Readonly<Record<string, number>>, module: string): number | undefined {
  for (const [key, value] of Object.entries(pattern)) {
    const isAnchored = key.startsWith('^');
    const name = isAnchored ? key.slice(1) : key;
    if (!/^[\w.]+$/.test(name)) {
      throw new FerrumError('Unsupported', `adapter_config.json: the pattern "${key}" is not a plain module name.`);
    }
    if (module === name || (!isAnchored && module.endsWith(`.${name}`))) return value;
  }
  return undefined;
}
