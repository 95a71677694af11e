import type { JsonObject, ReasoningOptions, ToolChoice, ToolDefinition } from '@ferrum/interfaces';

/** What a request says about its conversation beyond the messages. */
export interface ChatOptions {
  readonly tools?: readonly ToolDefinition[] | undefined;
  readonly toolChoice?: ToolChoice | undefined;
  readonly parallelToolCalls?: boolean | undefined;
  readonly toolCallFormat?: string | undefined;
  readonly templateVariables?: JsonObject | undefined;
  readonly reasoning?: ReasoningOptions | undefined;
}
