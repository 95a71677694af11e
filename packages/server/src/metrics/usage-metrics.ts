import { Counter, type Registry } from 'prom-client';
import type { ModelEntry, ServedCapability } from '../models/model-directory.js';

export interface CountedUsage {
  readonly promptTokens: number;
  readonly completionTokens?: number;
  readonly cachedTokens?: number;
}

/** What was read and made: tokens and seconds of audio. */
export class UsageMetrics {
  readonly #promptTokens: Counter<'model' | 'capability'>;
  readonly #completionTokens: Counter<'model'>;
  readonly #cachedTokens: Counter<'model'>;
  readonly #audioInput: Counter<'model'>;
  readonly #audioOutput: Counter<'model'>;

  constructor(registry: Registry, entries: readonly ModelEntry[]) {
    const byModel = (name: string, help: string) =>
      new Counter({ registers: [registry], name, help, labelNames: ['model'] });
    this.#promptTokens = new Counter({
      registers: [registry],
      name: 'ferrum_prompt_tokens_total',
      help: 'Tokens of prompts and inputs.',
      labelNames: ['model', 'capability'],
    });
    this.#completionTokens = byModel('ferrum_completion_tokens_total', 'Tokens generated.');
    this.#cachedTokens = byModel('ferrum_cached_prompt_tokens_total', 'Tokens of prompts that the prefix cache had.');
    this.#audioInput = byModel('ferrum_audio_input_seconds_total', 'Audio transcribed, in seconds.');
    this.#audioOutput = byModel('ferrum_audio_output_seconds_total', 'Speech made, in seconds.');
    for (const { id, capabilities } of entries) for (const capability of capabilities) this.#zero(id, capability);
  }

  countTokens(model: string, capability: ServedCapability, usage: CountedUsage): void {
    const { promptTokens, completionTokens, cachedTokens } = usage;
    this.#promptTokens.inc({ model, capability }, countable(promptTokens));
    if (completionTokens !== undefined) this.#completionTokens.inc({ model }, countable(completionTokens));
    if (cachedTokens !== undefined) this.#cachedTokens.inc({ model }, countable(cachedTokens));
  }

  countAudio(model: string, direction: 'input' | 'output', seconds: number): void {
    const counter = direction === 'input' ? this.#audioInput : this.#audioOutput;
    counter.inc({ model }, countable(seconds));
  }

  /** A counter that begins at 0 shows its first request as growth. */
  #zero(model: string, capability: ServedCapability): void {
    switch (capability) {
      case 'text-generation':
        this.countTokens(model, capability, { promptTokens: 0, completionTokens: 0, cachedTokens: 0 });
        break;
      case 'embedding':
      case 'reranking':
        this.countTokens(model, capability, { promptTokens: 0 });
        break;
      case 'transcription':
        this.countAudio(model, 'input', 0);
        break;
      case 'speech':
        this.countAudio(model, 'output', 0);
    }
  }
}

/** prom-client throws for what cannot be counted; a request must not fail for what an engine says of it. */
function countable(amount: number): number {
  return Number.isFinite(amount) && amount > 0 ? amount : 0;
}
