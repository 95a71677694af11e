import type { ToolCallFormat } from './format.js';
import { glm } from './glm.js';
import { gemma, generic, granite, hermes, llama3, mistral, phi4 } from './json-formats.js';
import { mistralArgs } from './mistral-args.js';
import { lfm2, pythonic } from './pythonic.js';
import { qwen3Coder } from './qwen3-coder.js';

export type { CallEvents, CallParser, CallProgress, ToolCallFormat } from './format.js';

/** By name, which a request may choose. */
export const toolCallFormats: ReadonlyMap<string, ToolCallFormat> = new Map(
  [hermes, qwen3Coder, llama3, mistral, mistralArgs, granite, phi4, gemma, glm, lfm2, pythonic, generic].map(
    (format) => [format.name, format],
  ),
);

/** What a chat template shows of the format that its model was trained to write, in this order. */
const signs: readonly (readonly [ToolCallFormat, (template: string) => boolean])[] = [
  [qwen3Coder, (text) => text.includes('<function=')],
  [glm, (text) => text.includes('<arg_key>')],
  [lfm2, (text) => text.includes('<|tool_call_start|>')],
  [mistralArgs, (text) => text.includes('[TOOL_CALLS]') && text.includes('[ARGS]')],
  [mistral, (text) => text.includes('[TOOL_CALLS]')],
  [granite, (text) => text.includes('<|start_of_role|>')],
  [phi4, (text) => text.includes('<|tool|>') || text.includes('<|/tool_call|>')],
  [llama3, (text) => text.includes('<|start_header_id|>') && !text.includes('<tool_call>')],
  [gemma, (text) => text.includes('<start_of_turn>') && !text.includes('<tool_call>')],
  [hermes, (text) => text.includes('<tool_call>')],
];

/** The format of a model whose chat template knows tools; Hermes where nothing tells. */
export function formatOfTemplate(template: string): ToolCallFormat {
  return signs.find(([, isSign]) => isSign(template))?.[0] ?? generic;
}

/** What the fallback prompt asks for. */
export { hermes as fallbackFormat };
