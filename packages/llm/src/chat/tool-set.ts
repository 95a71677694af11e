import type { JsonObject, JsonValue, ToolChoice, ToolDefinition } from '@ferrum/interfaces';

/** The tools of a request, and which of them may or must be called. */
export class ToolSet {
  readonly #byName: ReadonlyMap<string, ToolDefinition>;

  constructor(
    /** Those that the model is told of. */
    readonly tools: readonly ToolDefinition[],
    /** `none`: nothing is read as a call; `auto`: as the model likes; `required`: it must call. */
    readonly mode: 'none' | 'auto' | 'required',
    /** Whether one answer may have several calls. */
    readonly parallel: boolean,
    /** All tools of the request, in its order. */
    private readonly asked: readonly ToolDefinition[] = tools,
  ) {
    this.#byName = new Map(tools.map((tool) => [tool.name, tool]));
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  parametersOf(name: string): JsonObject {
    return parametersOf(this.#byName.get(name));
  }

  /** The request's field that holds a tool's schema. */
  fieldOf({ name }: ToolDefinition): string {
    return `tools.${this.asked.findIndex((tool) => tool.name === name)}.parameters`;
  }
}

/** @returns undefined where no tool may be called. */
export function toolSetOf(
  tools: readonly ToolDefinition[] | undefined,
  choice: ToolChoice = 'auto',
  parallel = true,
): ToolSet | undefined {
  if (!tools || tools.length === 0 || choice === 'none') return undefined;
  if (choice === 'auto' || choice === 'required') return new ToolSet(tools, choice, parallel);
  if ('name' in choice) {
    // A model that may call one tool only is told of no other, so that it fills in what it knows.
    return new ToolSet(
      tools.filter(({ name }) => name === choice.name),
      'required',
      false,
      tools,
    );
  }
  const { allowed, mode } = choice;
  return new ToolSet(
    tools.filter(({ name }) => allowed.includes(name)),
    mode,
    parallel,
    tools,
  );
}

export function parametersOf(tool: ToolDefinition | undefined): JsonObject {
  return tool?.parameters ?? { type: 'object', properties: {}, additionalProperties: false };
}

/** As OpenAI describes a tool, which is what templates are written for. */
export function openAiTool(tool: ToolDefinition): JsonObject {
  const { name, description } = tool;
  const definition: Record<string, JsonValue> = { name };
  if (description !== undefined) definition.description = description;
  definition.parameters = parametersOf(tool);
  return { type: 'function', function: definition };
}
