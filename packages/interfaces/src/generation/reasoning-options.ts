/** How a model that thinks before it answers does so. */
export interface ReasoningOptions {
  /**
   * Whether the model thinks, where its chat template lets one choose. Default: as the template says. `Unsupported` where
   * the template cannot turn it off, or on.
   */
  readonly enabled?: boolean;
  /**
   * How much the model thinks: `none` is the same as `enabled: false`, any other the same as true. A template that knows
   * `reasoning_effort` gets it.
   */
  readonly effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh';
  /** Most tokens of reasoning, ≥ 0; then the reasoning is closed and the model answers. Default: no limit of its own. */
  readonly maxTokens?: number;
}
