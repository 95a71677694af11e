import { badRequest } from '../http/api-error.js';
import type { ContentBlock, TextBlock } from './block-schema.js';

/** Texts of blocks joined by line breaks. @throws FerrumError `RequestValidation` for a block of another type */
export function textOf(content: string | readonly TextBlock[], param: string): string {
  if (typeof content === 'string') return content;
  return content
    .map((block, index) => {
      const place = `${param}[${index}]`;
      checkBlock(block, ['text'], place);
      return given(block.text, `${place}.text`);
    })
    .join('\n');
}

/** @throws FerrumError `RequestValidation` for a type that is not one of these, and for a field that the type does not have */
export function checkBlock(block: TextBlock | ContentBlock, types: readonly KnownType[], place: string): void {
  const type = types.find((each) => each === block.type);
  if (type === undefined) {
    const param = `${place}.type`;
    const message = `\`${param}\` is ${JSON.stringify(block.type)}; here it may be ${types.join(', ')}.`;
    throw badRequest(param, message, 'unsupported_parameter');
  }
  checkFields(block, ['type', 'cache_control', ...fieldsOf[type]], place);
}

/** @throws FerrumError `RequestValidation` for a field that is not one of these; one that is null is none */
export function checkFields(object: object, known: readonly string[], place: string): void {
  const foreign = Object.entries(object).find(([name, value]) => value !== null && !known.includes(name));
  if (foreign === undefined) return;
  const param = `${place}.${foreign[0]}`;
  throw badRequest(param, `There is no field \`${param}\`. Leave it out.`, 'unknown_parameter');
}

/** @throws FerrumError `RequestValidation` for what is missing */
export function given<T>(value: T | null | undefined, param: string): T {
  if (value != null) return value;
  throw badRequest(param, `The field \`${param}\` is missing.`, 'missing_required_parameter');
}

type KnownType = keyof typeof fieldsOf;

const fieldsOf = {
  text: ['text', 'citations'],
  image: ['source'],
  thinking: ['thinking', 'signature'],
  tool_use: ['id', 'name', 'input', 'caller'],
  tool_result: ['tool_use_id', 'content', 'is_error'],
} as const;
