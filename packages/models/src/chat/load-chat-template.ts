import { join } from 'node:path';
import * as v from 'valibot';
import { parseShape } from '../shape.js';
import { type GgufMetadata, invalid, isStrings, readTokenId } from '../tokenizer/gguf-vocabulary.js';
import { ifPresent, readJsonFile, readTextFile } from '../tokenizer/json-file.js';
import { readTokenizerConfig, type TokenizerConfig, tokenOfRole } from '../tokenizer/tokenizer-config.js';
import { type ChatTemplate, createChatTemplate } from './chat-template.js';

/** Paths of the files that can hold a chat template. Those named must exist. */
export interface ChatTemplateFiles {
  /** Also holds the special tokens that templates write. */
  readonly tokenizerConfig?: string;
  /** Wins over the template of the configuration. */
  readonly chatTemplate?: string;
  /** JSON with a `chat_template`, as processors of models that see wrote it; wins over the configuration as well. */
  readonly chatTemplateJson?: string;
}

/**
 * Reads `chat_template.jinja`, or the `chat_template` of `chat_template.json` or `tokenizer_config.json` of a folder, or exactly the files named.
 * Undefined when they hold none. Throws `NotFound`, `IO`, `InvalidFormat`.
 */
export async function loadChatTemplate(from: string | ChatTemplateFiles): Promise<ChatTemplate | undefined> {
  const files: ChatTemplateFiles =
    typeof from === 'string'
      ? {
          tokenizerConfig: join(from, 'tokenizer_config.json'),
          chatTemplate: join(from, 'chat_template.jinja'),
          chatTemplateJson: join(from, 'chat_template.json'),
        }
      : from;
  const read = <T>(path: string | undefined, reading: (path: string) => Promise<T>): Promise<T | undefined> => {
    if (path === undefined) return Promise.resolve(undefined);
    return typeof from === 'string' ? ifPresent(reading(path)) : reading(path);
  };
  const [text, json, config] = await Promise.all([
    read(files.chatTemplate, readTextFile),
    read(files.chatTemplateJson, async (path) => parseShape(templateSchema, await readJsonFile(path), path)),
    read(files.tokenizerConfig, async (path) => readTokenizerConfig(await readJsonFile(path), path)),
  ]);
  const specialTokens = config === undefined ? {} : specialTokensOf(config);
  if (text !== undefined && files.chatTemplate !== undefined) {
    return createChatTemplate({ templates: new Map([['default', text]]), specialTokens, source: files.chatTemplate });
  }
  if (json !== undefined && files.chatTemplateJson !== undefined) {
    const templates = new Map([['default', json.chat_template]]);
    return createChatTemplate({ templates, specialTokens, source: files.chatTemplateJson });
  }
  const template = config?.chat_template;
  if (template === undefined || template === null || template.length === 0) return undefined;
  const templates =
    typeof template === 'string'
      ? [['default', template] as const]
      : template.map((one) => [one.name, one.template] as const);
  return createChatTemplate({ templates: new Map(templates), specialTokens, source: files.tokenizerConfig ?? '' });
}

/**
 * Reads `tokenizer.chat_template` and its named variants (`tokenizer.chat_template.tool_use`). Undefined when there is none.
 * Throws `InvalidFormat`.
 * @param source for messages, such as the file's path
 */
export function chatTemplateFromGguf(metadata: GgufMetadata, source = 'the GGUF file'): ChatTemplate | undefined {
  const templates = new Map<string, string>();
  for (const [key, value] of metadata) {
    const name = /^tokenizer\.chat_template(?:\.(.+))?$/.exec(key);
    if (name === null) continue;
    if (typeof value !== 'string') throw invalid(key, source, 'must be a string');
    templates.set(name[1] ?? 'default', value);
  }
  if (templates.size === 0) return undefined;
  return createChatTemplate({ templates, specialTokens: specialTokensOfGguf(metadata, source), source });
}

const templateSchema = v.object({ chat_template: v.string() });

const roles = ['bos', 'eos', 'unk', 'pad', 'sep', 'cls', 'mask'] as const;

function specialTokensOf(config: TokenizerConfig): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const role of roles) {
    const text = tokenOfRole(config, role);
    if (text !== undefined) texts[`${role}_token`] = text;
  }
  return texts;
}

function specialTokensOfGguf(metadata: GgufMetadata, source: string): Readonly<Record<string, string>> {
  const tokens = metadata.get('tokenizer.ggml.tokens');
  if (!isStrings(tokens)) return {};
  const texts: Record<string, string> = {};
  for (const [role, name] of [
    ['bos', 'bos'],
    ['eos', 'eos'],
    ['unk', 'unknown'],
    ['pad', 'padding'],
  ] as const) {
    const id = readTokenId(metadata, `tokenizer.ggml.${name}_token_id`, tokens.length, source);
    const text = id === undefined ? undefined : tokens.at(id);
    if (text !== undefined) texts[`${role}_token`] = text;
  }
  return texts;
}
