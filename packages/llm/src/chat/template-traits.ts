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
  const mentions = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(text);
  return {
    toolCallFormat: knowsTools(template) ? formatOfTemplate(text) : undefined,
    knowsSystem: knowsSystem(template),
    reasoning: tagsOfTemplate(text),
    thinkingVariable: ['enable_thinking', 'thinking'].find(mentions),
    knowsEffort: mentions('reasoning_effort'),
  };
}

const question = { role: 'user', content: 'a question' } as const;

/** Rendered with a tool, does its name occur? */
function knowsTools(template: ChatTemplate): boolean {
  const name = 'ferrum_probe_tool';
  const parameters = { type: 'object', properties: {} };
  const tools = [{ type: 'function', function: { name, description: 'a probe', parameters } }];
  return renders(() => template.render([question], { tools }), name);
}

function knowsSystem(template: ChatTemplate): boolean {
  const content = 'ferrum_probe_system';
  return renders(() => template.render([{ role: 'system', content }, question]), content);
}

function renders(render: () => string, text: string): boolean {
  try {
    return render().includes(text);
  } catch {
    return false;
  }
}
