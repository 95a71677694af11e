import type { ChatTemplate } from '@ferrum/models';
import { formatOfTemplate, type ToolCallFormat } from './formats/index.js';
import { type ReasoningTags, tagsOfTemplate } from './reasoning-tags.js';

/** What a chat template shows of its model. */
export interface TemplateTraits {
  /** How the model writes calls; undefined where the template knows no tools. */
  readonly toolCallFormat: ToolCallFormat | undefined;
  readonly knowsSystem: boolean;
  /** How the model marks what it thinks. */
  readonly reasoning: ReasoningTags | undefined;
  /** The variable that turns thinking on and off. */
  readonly thinkingVariable: string | undefined;
  readonly knowsEffort: boolean;
}

const known = new WeakMap<ChatTemplate, TemplateTraits>();

export function traitsOf(template: ChatTemplate): TemplateTraits {
  let traits = known.get(template);
  if (!traits) {
    traits = findTraits(template);
    known.set(template, traits);
  }
  return traits;
}

function findTraits(template: ChatTemplate): TemplateTraits {
  const text = template.sources.join('\n');
  return {
    toolCallFormat: knowsTools(template) ? formatOfTemplate(text) : undefined,
    knowsSystem: knowsSystem(template),
    reasoning: tagsOfTemplate(text),
    thinkingVariable: ['enable_thinking', 'thinking'].find((name) => matters(template, name, [true, false])),
    knowsEffort: matters(template, 'reasoning_effort', ['low', 'high']),
  };
}

const question = { role: 'user', content: 'a question' } as const;

/** Rendered with a tool, does its name occur? */
function knowsTools(template: ChatTemplate): boolean {
  const name = 'ferrum_probe_tool';
  const parameters = { type: 'object', properties: {} };
  const tools = [{ type: 'function', function: { name, description: 'a probe', parameters } }];
  return tryTo(() => template.render([question], { tools }))?.includes(name) ?? false;
}

/** A template that leaves the system message out knows it as little as one that refuses it. */
function knowsSystem(template: ChatTemplate): boolean {
  const content = 'ferrum_probe_system';
  const rendered = tryTo(() => template.render([{ role: 'system', content }, question]));
  return rendered !== undefined && (rendered.includes(content) || !rendered.includes(question.content));
}

/** Whether a variable changes what is rendered. */
function matters(template: ChatTemplate, name: string, values: readonly unknown[]): boolean {
  if (!template.sources.some((source) => source.includes(name))) return false;
  const texts = values.map((value) => tryTo(() => template.render([question], { variables: { [name]: value } })));
  return texts.every((text) => text !== undefined) && new Set(texts).size > 1;
}

function tryTo(render: () => string): string | undefined {
  try {
    return render();
  } catch {
    return undefined;
  }
}
