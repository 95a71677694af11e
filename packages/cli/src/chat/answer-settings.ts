import type { ReasoningOptions, ResponseFormat } from '@ferrum/interfaces';

/** What `/think` and `/format` change; it begins as the flags have it. */
export class AnswerSettings {
  constructor(
    private reasoningOptions: ReasoningOptions | undefined,
    private format: ResponseFormat | undefined,
  ) {}

  get reasoning(): ReasoningOptions | undefined {
    return this.reasoningOptions;
  }

  get responseFormat(): ResponseFormat | undefined {
    return this.format;
  }

  /** The budget stays. */
  think(mode: 'on' | 'off' | 'auto'): void {
    const { maxTokens } = this.reasoningOptions ?? {};
    const reasoning = {
      ...(mode !== 'auto' && { enabled: mode === 'on' }),
      ...(maxTokens !== undefined && { maxTokens }),
    };
    this.reasoningOptions = Object.keys(reasoning).length > 0 ? reasoning : undefined;
  }

  formatAs(format: 'json' | 'text'): void {
    this.format = format === 'json' ? { type: 'json_object' } : undefined;
  }

  describeThinking(): string {
    const { enabled, effort, maxTokens } = this.reasoningOptions ?? {};
    const mode = enabled === undefined ? (effort ?? 'auto') : enabled ? 'on' : 'off';
    const isLimited = maxTokens !== undefined && mode !== 'off' && mode !== 'none';
    return `Thinking: ${mode}${isLimited ? `, of at most ${maxTokens} tokens` : ''}.`;
  }

  describeFormat(): string {
    return `Format: ${formatNames[this.format?.type ?? 'text']}.`;
  }
}

const formatNames: Readonly<Record<ResponseFormat['type'], string>> = {
  text: 'text',
  json_object: 'json',
  json_schema: 'as --schema says',
  grammar: 'as --grammar says',
  regex: 'as --regex says',
  choice: 'as --choice says',
};
