import type { ConstraintSpec } from '../constraint/constraint-spec.js';
import type { ToolCallFormat } from './formats/index.js';
import type { ReasoningTags } from './reasoning-tags.js';
import type { ToolSet } from './tool-set.js';

/** How the answer to a conversation is to be read, and what it must look like. */
export interface AnswerPlan {
  readonly calls?: { readonly format: ToolCallFormat; readonly tools: ToolSet } | undefined;
  readonly reasoning?: ReasoningPlan | undefined;
  readonly constraint: ConstraintSpec | undefined;
}

export interface ReasoningPlan extends ReasoningTags {
  /** `inside`: the prompt has opened it; `maybe`: the answer may begin with it; `over`: the prompt has closed it. */
  readonly state: 'inside' | 'maybe' | 'over';
  /** Most tokens of it. */
  readonly budget: number;
}

/** What the answer must look like: calls where they are forced, the format that was asked for, both after the reasoning. */
export function answerConstraint(
  responseFormat: ConstraintSpec | undefined,
  calls: AnswerPlan['calls'],
  reasoning: ReasoningPlan | undefined,
): ConstraintSpec | undefined {
  const answer = afterReasoning(responseFormat, calls);
  if (!answer || !reasoning || reasoning.state === 'over') return answer;
  const { open, close } = reasoning;
  const thought: ConstraintSpec = { type: 'after', text: close, inner: { type: 'sequence', parts: [blank, answer] } };
  if (reasoning.state === 'inside') return thought;
  const opened: ConstraintSpec = { type: 'sequence', parts: [{ type: 'literal', text: open }, thought] };
  return { type: 'alternatives', of: [opened, answer] };
}

/** Models leave a line between what they think and the answer, and so does a budget that closes the reasoning. */
const blank: ConstraintSpec = { type: 'regex', pattern: '[ \\n]{0,4}' };

function afterReasoning(
  responseFormat: ConstraintSpec | undefined,
  calls: AnswerPlan['calls'],
): ConstraintSpec | undefined {
  if (!calls) return responseFormat;
  const { format, tools } = calls;
  if (tools.mode === 'required') return format.grammar(tools);
  if (responseFormat) return { type: 'alternatives', of: [format.grammar(tools), responseFormat] };
  if (!tools.tools.some(({ strict }) => strict)) return undefined;
  return { type: 'triggered', triggers: format.triggers(tools) };
}
