import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TokenLogprob } from '@ferrum/interfaces';
import type { Tokenizer } from '@ferrum/models';
import { TurnTaker } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import { finiteArgmax } from '../sampling/argmax.js';
import { rowLogprobs } from '../sampling/token-sampler.js';
import { imageRowsOf } from '../vision/image-inputs.js';
import type { CachedRun, PrefixCache } from './cache/prefix-cache.js';
import type { EngineRecorder } from './engine-recorder.js';
import type { DecodeRow, ModelRunner } from './model-runner.js';
import type { Scheduler } from './scheduling/scheduler.js';
import type { StepPlan } from './scheduling/step-plan.js';
import type { PromptSnapshot, Sequence } from './sequence.js';
import { labelLogprobs } from './token-labels.js';

export interface StepLoopParts {
  readonly scheduler: Scheduler<Sequence>;
  readonly runner: ModelRunner;
  readonly prefixCache: PrefixCache;
  readonly recorder: EngineRecorder;
  readonly tokenizer: Tokenizer;
  /** Called after every step. */
  readonly onStep?: () => void;
}

/** Keys and values that are to be put into a slot before the step's first run. */
interface Load {
  readonly sequence: Sequence;
  readonly snapshot?: PromptSnapshot;
  readonly runs: readonly CachedRun[];
}

/**
 * Computes step after step while there is work. A step is a transaction: remove what is over, plan, load, run, sample, and
 * only then is what was computed counted. A run that fails ends the generations in that run; the others go on.
 */
export class StepLoop {
  #isRunning = false;
  #isWoken = false;
  #idle: Promise<void> = Promise.resolve();
  readonly #loads: Load[] = [];
  readonly #exclusiveTasks: (() => Promise<void>)[] = [];

  constructor(private readonly parts: StepLoopParts) {}

  /** Settles when there is nothing left to do for now. */
  get idle(): Promise<void> {
    return this.#idle;
  }

  /** To be called whenever there may be something to do. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#idle = this.#run();
  }

  /** Does something between two steps, when nothing is being computed. */
  atRest<T>(work: () => Promise<T>): Promise<T> {
    const from = performance.now();
    return new Promise((resolve, reject) => {
      this.#exclusiveTasks.push(() => {
        this.parts.recorder.waitedForModel(performance.now() - from);
        return work().then(resolve, reject);
      });
      this.wake();
    });
  }

  async #run(): Promise<void> {
    // Callers that submit in one turn of the event loop share the first step.
    await nextTurn();
    while (this.#isWoken) {
      this.#isWoken = false;
      try {
        if (await this.#step()) this.#isWoken = true;
        // A step that runs no model lets nobody else have a turn.
        else if (this.#isWoken) await nextTurn();
      } catch (cause) {
        this.#failAll(cause);
      }
    }
    // In the same turn as the last look at it, or a call of `wake` in between would be lost.
    this.#isRunning = false;
  }

  /** @returns whether the model ran, so that another step may find more. */
  async #step(): Promise<boolean> {
    const { scheduler, recorder, onStep } = this.parts;
    const from = performance.now();
    await this.#removeWhatIsOver();
    for (const task of this.#exclusiveTasks.splice(0)) await task();
    await this.#draft();
    const planFrom = performance.now();
    const runningBefore = scheduler.running.size;
    const plan = scheduler.plan(planFrom, (sequence) => this.#admit(sequence, planFrom));
    // A newcomer whose prompt was all there is computed in the next step.
    if (plan.preempted.length > 0 || scheduler.running.size > runningBefore) this.#isWoken = true;
    for (const { generation } of plan.preempted) generation.preemptions += 1;
    recorder.addTime('schedulingTimeMs', performance.now() - planFrom);
    await this.#load();
    if (plan.decode.length > 0) await this.#decode(plan);
    for (const { item, maxDraft } of plan.verify) await this.#verify(item, maxDraft);
    for (const { item, count } of plan.chunks) await this.#prefill(item, count);
    await this.#removeWhatIsOver();
    await this.#compactSlots();
    onStep?.();
    const isWork = plan.decode.length + plan.verify.length + plan.chunks.length > 0;
    if (isWork) recorder.busy(performance.now() - from);
    return isWork;
  }

  /** Frees the slots of what is over; the keys and values of a finished answer stay as a prefix for the next turn. */
  async #removeWhatIsOver(): Promise<void> {
    const { scheduler } = this.parts;
    for (const sequence of [...scheduler.running, ...scheduler.waiting]) {
      if (!sequence.isOver) continue;
      if (sequence.slot !== undefined && sequence.finishReason) await this.#keepPrefix(sequence);
      scheduler.remove(sequence);
    }
  }

  /** Closes a gap among the slots, so that decode runs have no idle rows. */
  async #compactSlots(): Promise<void> {
    const { scheduler, runner, recorder } = this.parts;
    for (let move = scheduler.findMove(); move; move = scheduler.findMove()) {
      const from = performance.now();
      const { item, to } = move;
      await runner.cache.move(item.slot as number, to, item.computed);
      scheduler.moved(item, to);
      recorder.addTime('memoryOperationsTimeMs', performance.now() - from);
    }
  }

  async #draft(): Promise<void> {
    for (const sequence of this.parts.scheduler.running) {
      const { speculation } = sequence;
      if (!speculation || sequence.isHeldUp || sequence.length - sequence.computed !== 1) continue;
      try {
        await speculation.prepare(sequence.tokens);
      } catch (cause) {
        sequence.generation.fail(asFerrumError(cause));
      }
    }
  }

  /** A sequence got a slot. @returns how many of its tokens will be there without being computed. */
  #admit(sequence: Sequence, now: number): number {
    const { generation, snapshot } = sequence;
    const isFirstLook = generation.admittedAt === undefined;
    if (isFirstLook) {
      generation.admittedAt = now;
      this.parts.recorder.leftQueue(now - generation.startedAt);
    }
    if (snapshot) {
      sequence.snapshot = undefined;
      this.#loads.push({ sequence, snapshot, runs: [] });
      return snapshot.tokens;
    }
    // Prompt log-probabilities need every token computed.
    if (sequence.wantsPromptLogprobs) return 0;
    const { prefixCache } = this.parts;
    const runs = prefixCache.match(sequence.tokens, generation.prefixSalt, { isFirstLook, images: generation.images });
    if (runs.length > 0) this.#loads.push({ sequence, runs });
    const cached = runs.reduce((sum, { tokens }) => sum + tokens, 0);
    if (sequence.sampled === 0) generation.cachedTokens = cached;
    return cached;
  }

  async #load(): Promise<void> {
    const { runner, recorder } = this.parts;
    const from = performance.now();
    for (const { sequence, snapshot, runs } of this.#loads.splice(0)) {
      const { slot } = sequence;
      // Preempted in the step that admitted it.
      if (slot === undefined) continue;
      if (snapshot) await runner.cache.write(slot, 0, snapshot.tokens, snapshot.data);
      for (const { data, place, from: start, tokens } of runs) {
        await runner.cache.write(slot, start, start + tokens, data, place);
      }
    }
    recorder.addTime('memoryOperationsTimeMs', performance.now() - from);
  }

  async #decode({ decode }: StepPlan<Sequence>): Promise<void> {
    const { scheduler, runner, recorder } = this.parts;
    const inRun = new Set(decode);
    const rows: DecodeRow[] = [];
    const count = 1 + Math.max(...decode.map(({ slot }) => slot as number));
    for (const sequence of scheduler.slots.slice(0, count)) {
      // A row that is not meant writes where its own next token will be written over it; an empty slot at its beginning.
      if (!sequence || !inRun.has(sequence)) rows.push({ token: 0, past: sequence?.computed ?? 0 });
      else {
        const { tokens, computed, adapter } = sequence;
        rows.push({ token: tokens[computed] as number, past: computed, adapter });
      }
    }
    const logits = await this.#compute(decode, () => runner.decode(rows));
    if (!logits) return;
    recorder.decodeRun(decode.length);
    const { vocabularySize } = runner;
    const turns = new TurnTaker();
    for (const sequence of decode) {
      const slot = sequence.slot as number;
      // Without its mask the token is computed again once that is there; nobody waits for it.
      if (!(await this.#hasMask(sequence))) continue;
      sequence.computed += 1;
      scheduler.served(sequence, 1);
      const row = logits.subarray(slot * vocabularySize, (slot + 1) * vocabularySize);
      if (sequence.sampled === 0) await this.#beginAnswer(sequence, row);
      else this.#sample(sequence, row);
      // The logits are ours until the next run.
      await turns.next();
    }
  }

  /** Computes drafted tokens with the last one and keeps those that would have been chosen anyway. */
  async #verify(sequence: Sequence, maxDraft: number): Promise<void> {
    const { scheduler, runner } = this.parts;
    const { speculation, computed } = sequence;
    if (sequence.isOver || sequence.slot === undefined || !speculation) return;
    const drafted = speculation.drafted.slice(0, maxDraft);
    const slot = sequence.slot;
    const tokens = [sequence.tokens[computed] as number, ...drafted];
    const logits = await this.#compute([sequence], () =>
      runner.extend(slot, tokens, computed, 'all', 'draft', sequence.adapter),
    );
    if (!logits) return;
    const { vocabularySize } = runner;
    scheduler.served(sequence, tokens.length);
    let accepted = 0;
    for (let row = 0; row < tokens.length; row++) {
      if (!(await this.#hasMask(sequence))) break;
      sequence.computed += 1;
      const before = sequence.length;
      this.#sample(sequence, logits.subarray(row * vocabularySize, (row + 1) * vocabularySize));
      // The keys and values after a token that was not the drafted one are another text's; they are written over.
      if (sequence.isOver || sequence.length === before || sequence.tokens.at(-1) !== drafted[row]) break;
      accepted += 1;
    }
    speculation.record(drafted.length, accepted);
  }

  async #prefill(sequence: Sequence, count: number): Promise<void> {
    const { scheduler, runner } = this.parts;
    const { slot, computed } = sequence;
    if (sequence.isOver || slot === undefined) return;
    const tokens = sequence.tokens.slice(computed, computed + count);
    const isWhole = computed + count === sequence.length;
    const wantsAll = sequence.wantsPromptLogprobs;
    const images = imageRowsOf(sequence.generation.images, computed, count);
    const logits = await this.#compute([sequence], () =>
      runner.extend(slot, tokens, computed, wantsAll ? 'all' : 'last', 'prompt', sequence.adapter, images),
    );
    if (!logits) return;
    sequence.computed += count;
    scheduler.served(sequence, count);
    if (wantsAll) await this.#scorePrompt(sequence, computed, count, logits);
    if (!isWhole || sequence.isOver) return;
    if (!(await this.#hasMask(sequence))) {
      sequence.computed -= 1;
      return;
    }
    const last = logits.subarray(logits.length - runner.vocabularySize);
    if (sequence.sampled === 0) await this.#beginAnswer(sequence, last);
    else this.#sample(sequence, last);
  }

  /** The prompt is computed: keeps it as a prefix for others, lets the other answers begin where it ends, chooses a token. */
  async #beginAnswer(sequence: Sequence, logits: Float32Array): Promise<void> {
    const { generation } = sequence;
    try {
      // Before anything is kept of a prompt that came out as no numbers.
      finiteArgmax(logits);
      // Before the answer begins, so that a request which follows on it finds its prefix there.
      await this.#keepPrefix(sequence);
      if (sequence.wantsPromptLogprobs) generation.promptLogprobs ??= [null];
      if (sequence.choice === 0 && generation.request.bestOf > 1) await this.#fork(sequence, logits);
      this.#sample(sequence, logits);
    } catch (cause) {
      generation.fail(asFerrumError(cause));
    }
  }

  async #fork(leader: Sequence, logits: Float32Array): Promise<void> {
    const { scheduler, runner } = this.parts;
    const data = runner.cache.newArray(leader.computed);
    await runner.cache.read(leader.slot as number, 0, leader.computed, data);
    const snapshot = { tokens: leader.computed, data };
    const turns = new TurnTaker();
    for (const sequence of leader.generation.fork()) {
      await sequence.matcher?.ready();
      this.#sample(sequence, Float32Array.from(logits));
      await turns.next();
      if (sequence.isOver) continue;
      sequence.snapshot = snapshot;
      scheduler.add(sequence, { isQueued: false });
    }
  }

  async #scorePrompt(sequence: Sequence, from: number, count: number, logits: Float32Array): Promise<void> {
    const { generation } = sequence;
    const { vocabularySize } = this.parts.runner;
    const top = generation.request.sampling.topLogprobs ?? 0;
    const scores: (TokenLogprob | null)[] = from === 0 ? [null] : [...(generation.promptLogprobs ?? [null])];
    generation.promptLogprobs = scores;
    try {
      for (let row = 0; row < count; row++) {
        const token = generation.promptTokens[from + row + 1];
        if (token === undefined) break;
        const logitsOfRow = logits.subarray(row * vocabularySize, (row + 1) * vocabularySize);
        finiteArgmax(logitsOfRow);
        const logprobs = rowLogprobs(logitsOfRow, token, top);
        scores.push(labelLogprobs(this.parts.tokenizer, { token, logprobs }));
        await nextTurn();
      }
    } catch (cause) {
      generation.fail(asFerrumError(cause));
    }
  }

  /** Runs the model. @returns undefined when that failed: the generations are ended, and the error was told. */
  async #compute(sequences: readonly Sequence[], run: () => Promise<Float32Array>): Promise<Float32Array | undefined> {
    const { recorder } = this.parts;
    const from = performance.now();
    try {
      const logits = await run();
      recorder.backendError = undefined;
      return logits;
    } catch (cause) {
      const error = asFerrumError(cause);
      recorder.backendError = error;
      for (const { generation } of sequences) generation.fail(error);
      return undefined;
    } finally {
      recorder.addTime('modelExecutionTimeMs', performance.now() - from);
      recorder.heartbeat();
    }
  }

  /** Whether it is known what may come next in an answer with a format. Mostly it is: it was found out while the model ran. */
  async #hasMask({ matcher, generation }: Sequence): Promise<boolean> {
    if (!matcher || generation.isOver) return true;
    try {
      return await matcher.ready(maskPatienceMs);
    } catch (cause) {
      generation.fail(asFerrumError(cause));
      return true;
    }
  }

  #sample(sequence: Sequence, logits: Float32Array): void {
    const { generation } = sequence;
    if (sequence.isOver) return;
    const from = performance.now();
    try {
      const sampled = sequence.next(logits);
      this.parts.recorder.addTime('samplingTimeMs', performance.now() - from);
      generation.accept(sequence, sampled);
    } catch (cause) {
      generation.fail(asFerrumError(cause));
    }
  }

  async #keepPrefix(sequence: Sequence): Promise<void> {
    const { runner, prefixCache, recorder } = this.parts;
    const { slot, computed, tokens, generation } = sequence;
    if (slot === undefined || !prefixCache.enabled) return;
    const from = performance.now();
    await prefixCache.store(
      tokens,
      Math.min(computed, tokens.length),
      generation.prefixSalt,
      (run) => runner.cache.read(slot, run.from, run.from + run.tokens, run.data, run.place),
      generation.images,
    );
    recorder.addTime('memoryOperationsTimeMs', performance.now() - from);
  }

  #failAll(cause: unknown): void {
    const { scheduler } = this.parts;
    const error = asFerrumError(cause);
    this.#loads.length = 0;
    for (const sequence of [...scheduler.running, ...scheduler.waiting]) {
      sequence.generation.fail(error);
      scheduler.remove(sequence);
    }
  }
}

/** How long a step waits for a mask, in ms: others are computed in the same step. */
const maskPatienceMs = 50;

function asFerrumError(cause: unknown): FerrumError {
  if (FerrumError.isInstance(cause)) return cause;
  return new FerrumError('Internal', `The generation failed: ${String(cause)}`, { cause });
}
