import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPolicy } from './create-policy.js';
import { pendingTokens, type Schedulable } from './schedulable.js';
import { Scheduler, type SchedulerLimits } from './scheduler.js';

class Job implements Schedulable {
  computed = 0;
  slot: number | undefined;
  isHeldUp = false;
  speculationDepth = 0;
  chunkLimit = Number.POSITIVE_INFINITY;
  ended = 0;

  constructor(
    readonly arrival: number,
    readonly arrivedAt: number,
    public length: number,
    readonly maxLength: number,
    readonly priority = 1,
    readonly client = '',
  ) {}
}

const limits: SchedulerLimits = {
  maxWaitingRequests: 100,
  maxRunningRequests: 4,
  maxBatchedTokens: 64,
  prefillChunk: 32,
  activeDecodePrefillChunk: 16,
  enablePreemption: true,
};
const shape = { slots: 4, blockSize: 4, maxBlocks: 40 };
const aging = { priorityAgingMs: 1000, fairShareWeights: {} };
const make = (policy: Parameters<typeof createPolicy>[0]['policy'], own: Partial<SchedulerLimits> = {}, size = shape) =>
  new Scheduler<Job>(size, { ...limits, ...own }, createPolicy({ policy, ...aging }));

/** Does what a plan says, as an engine would: every row that is whole then gains a token. */
function execute(scheduler: Scheduler<Job>, now: number): Job[] {
  const plan = scheduler.plan(now);
  const chunkTokens = plan.chunks.reduce((sum, { count }) => sum + count, 0);
  const decodeTokens = plan.decode.length + plan.verify.reduce((sum, { maxDraft }) => sum + 1 + maxDraft, 0);
  expect(decodeTokens + chunkTokens).toBeLessThanOrEqual(limits.maxBatchedTokens);
  if (decodeTokens > 0) expect(chunkTokens).toBeLessThanOrEqual(limits.activeDecodePrefillChunk);
  for (const { count } of plan.chunks) expect(count).toBeLessThanOrEqual(limits.prefillChunk);
  expect(scheduler.running.size).toBeLessThanOrEqual(limits.maxRunningRequests);
  const finished: Job[] = [];
  const gain = (job: Job) => {
    job.length += 1;
    if (job.length >= job.maxLength) {
      job.ended += 1;
      finished.push(job);
    }
  };
  for (const job of plan.decode) {
    job.computed += 1;
    scheduler.served(job, 1);
    gain(job);
  }
  for (const { item, maxDraft } of plan.verify) {
    item.computed += 1 + maxDraft;
    item.length += maxDraft;
    gain(item);
  }
  for (const { item, count } of plan.chunks) {
    item.computed += count;
    scheduler.served(item, count);
    if (pendingTokens(item) === 0) gain(item);
  }
  for (const job of finished) scheduler.remove(job);
  return finished;
}

describe('Scheduler', () => {
  it('keeps every budget and ends every job once, whatever comes and goes', () => {
    const event = fc.record({
      arrives: fc.array(
        fc.record({
          prompt: fc.integer({ min: 1, max: 60 }),
          answer: fc.integer({ min: 1, max: 30 }),
          priority: fc.integer({ min: 0, max: 3 }),
          client: fc.constantFrom('a', 'b', ''),
          speculationDepth: fc.constantFrom(0, 0, 3),
        }),
        { maxLength: 3 },
      ),
      abort: fc.option(fc.nat(20), { nil: undefined }),
      hold: fc.option(fc.nat(20), { nil: undefined }),
      freed: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: 40 }),
        fc.constantFrom('fcfs', 'priority', 'fair-share', 'sjf'),
        fc.boolean(),
        fc.integer({ min: 23, max: 60 }),
        (events, policy, enablePreemption, maxBlocks) => {
          const scheduler = make(policy, { enablePreemption }, { ...shape, maxBlocks });
          const alive: Job[] = [];
          const all: Job[] = [];
          const aborted = new Set<Job>();
          let arrival = 0;
          let now = 0;
          const step = () => {
            now += 50;
            const plan = planAndCheck(scheduler, now, enablePreemption);
            for (const job of plan) alive.splice(alive.indexOf(job), 1);
            invariants(scheduler, alive, maxBlocks);
          };
          for (const { arrives, abort, hold, freed } of events) {
            for (const { prompt, answer, priority, client, speculationDepth } of arrives) {
              const job = new Job(arrival++, now, prompt, prompt + answer, priority, client);
              job.speculationDepth = speculationDepth;
              scheduler.add(job);
              alive.push(job);
              all.push(job);
            }
            const victim = abort === undefined ? undefined : alive[abort];
            if (victim) {
              scheduler.remove(victim);
              alive.splice(alive.indexOf(victim), 1);
              aborted.add(victim);
            }
            const held = hold === undefined ? undefined : alive[hold];
            if (held) held.isHeldUp = true;
            if (freed) for (const job of alive) job.isHeldUp = false;
            step();
          }
          for (const job of alive) job.isHeldUp = false;
          for (let i = 0; alive.length > 0 && i < 20_000; i++) step();
          expect(alive).toEqual([]);
          for (const job of all) expect(job.ended).toBe(aborted.has(job) ? 0 : 1);
          expect(scheduler.blocks.used).toBe(0);
          expect(scheduler.slots.every((item) => item === undefined)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  function planAndCheck(scheduler: Scheduler<Job>, now: number, canPreempt: boolean): Job[] {
    const preemptions = scheduler.preemptions;
    const before = new Map([...scheduler.running].map((job) => [job, job.slot]));
    const finished = execute(scheduler, now);
    if (!canPreempt) for (const job of before.keys()) expect(scheduler.waiting.has(job) && !job.isHeldUp).toBe(false);
    for (const job of scheduler.running) {
      // Nobody is moved behind the back of whoever computes.
      if (before.has(job) && scheduler.preemptions === preemptions) expect(job.slot).toBe(before.get(job));
    }
    return finished;
  }

  function invariants(scheduler: Scheduler<Job>, alive: readonly Job[], maxBlocks: number): void {
    const { running, waiting, slots, blocks } = scheduler;
    expect(running.size + waiting.size).toBe(alive.length);
    for (const job of alive) expect(running.has(job) !== waiting.has(job)).toBe(true);
    expect(slots.filter((item) => item !== undefined).length).toBe(running.size);
    for (const job of running) {
      expect(slots[job.slot as number]).toBe(job);
      expect(blocks.reservedBy(job) * blocks.blockSize).toBeGreaterThanOrEqual(job.computed);
    }
    for (const job of waiting) {
      expect(job.slot).toBeUndefined();
      expect(job.computed).toBe(0);
      expect(blocks.reservedBy(job)).toBe(0);
    }
    expect(blocks.used).toBeLessThanOrEqual(maxBlocks);
    expect([...running].reduce((sum, job) => sum + blocks.reservedBy(job), 0)).toBe(blocks.used);
  }

  it('plans decode rows first and prompts within what is left of the tokens', () => {
    const scheduler = make('fcfs');
    const [first, second] = [new Job(0, 0, 30, 100), new Job(1, 0, 50, 100)];
    scheduler.add(first);
    scheduler.add(second);
    expect(scheduler.plan(0)).toMatchObject({
      decode: [],
      chunks: [
        { item: first, count: 30 },
        { item: second, count: 32 },
      ],
    });
    first.computed = 30;
    first.length = 31;
    second.computed = 32;
    // While another decodes, no more than activeDecodePrefillChunk.
    expect(scheduler.plan(0)).toMatchObject({ decode: [first], chunks: [{ item: second, count: 16 }] });
  });

  it('orders by arrival, priority or size, as the policy says', () => {
    const order = (policy: 'fcfs' | 'priority' | 'sjf') => {
      const scheduler = make(policy, { maxRunningRequests: 1, enablePreemption: false });
      const jobs = [new Job(0, 0, 20, 30, 1), new Job(1, 0, 2, 4, 0), new Job(2, 0, 9, 12, 3)];
      for (const job of jobs) scheduler.add(job);
      const ended: number[] = [];
      while (ended.length < 3) ended.push(...execute(scheduler, 1).map((job) => job.arrival));
      return ended;
    };
    expect(order('fcfs')).toEqual([0, 1, 2]);
    expect(order('priority')).toEqual([2, 0, 1]);
    expect(order('sjf')).toEqual([1, 2, 0]);
  });

  it('shares between clients whatever they send, by weight', () => {
    const policy = createPolicy({ policy: 'fair-share', priorityAgingMs: 1000, fairShareWeights: { b: 2 } });
    const scheduler = new Scheduler<Job>(shape, { ...limits, maxRunningRequests: 1 }, policy);
    for (let i = 0; i < 40; i++) scheduler.add(new Job(i, 0, 1, 11, 1, i < 20 ? 'a' : 'b'));
    const served = { a: 0, b: 0 };
    for (let i = 0; i < 150; i++) for (const job of execute(scheduler, i)) served[job.client as 'a' | 'b'] += 1;
    expect(served.b / served.a).toBeCloseTo(2, 0);
  });

  it('lets nothing starve: under a stream of urgent jobs, and of short ones', () => {
    for (const policy of ['priority', 'sjf'] as const) {
      const scheduler = make(policy, { maxRunningRequests: 1 });
      const patient = new Job(0, 0, 20, 40, 0);
      scheduler.add(patient);
      let arrival = 1;
      let now = 0;
      for (; patient.ended === 0 && now < 60_000; now += 100) {
        if (scheduler.waiting.size < 3) scheduler.add(new Job(arrival++, now, 2, 4, 3));
        execute(scheduler, now);
      }
      expect(patient.ended).toBe(1);
    }
  });

  it('gives a more urgent job the slot of a lesser one, which is computed again later', () => {
    const scheduler = make('priority', { maxRunningRequests: 1 });
    const low = new Job(0, 0, 8, 20, 0);
    scheduler.add(low);
    execute(scheduler, 0);
    expect(low.computed).toBe(8);
    const critical = new Job(1, 10, 8, 10, 3);
    scheduler.add(critical);
    expect(scheduler.plan(10).preempted).toEqual([low]);
    expect(low.computed).toBe(0);
    expect(scheduler.running.has(critical)).toBe(true);
  });

  it('preempts the last in rank when the blocks run out', () => {
    const scheduler = make('priority', {}, { ...shape, maxBlocks: 6 });
    const [high, low] = [new Job(0, 0, 12, 24, 2), new Job(1, 0, 12, 24, 0)];
    scheduler.add(low);
    scheduler.add(high);
    execute(scheduler, 0);
    expect([high.computed, low.computed]).toEqual([12, 12]);
    // Both need a fourth block for the next token; there are six in all.
    expect(scheduler.plan(1)).toMatchObject({ decode: [high], preempted: [low] });
  });

  it('is full when as many wait as may, those for whom there is a slot aside', () => {
    const scheduler = make('fcfs', { maxWaitingRequests: 1, maxRunningRequests: 2 });
    const states: boolean[] = [];
    for (const arrival of [0, 1, 2]) {
      states.push(scheduler.isFull);
      scheduler.add(new Job(arrival, 0, 1, 2));
    }
    scheduler.add(new Job(3, 0, 1, 2), { isQueued: false });
    expect([...states, scheduler.isFull]).toEqual([false, false, false, true]);
    execute(scheduler, 0);
    expect(scheduler.isFull).toBe(true);
    execute(scheduler, 1);
    expect(scheduler.isFull).toBe(false);
  });

  it('never starts what its reader holds up, and gives its slot and blocks to others, preemption or not', () => {
    for (const enablePreemption of [true, false]) {
      const scheduler = make('priority', { enablePreemption }, { ...shape, slots: 2, maxBlocks: 6 });
      const stalled = new Job(0, 0, 18, 24);
      scheduler.add(stalled);
      execute(scheduler, 0);
      stalled.isHeldUp = true;
      const others = [new Job(1, 0, 8, 12), new Job(2, 0, 8, 12)];
      for (const job of others) scheduler.add(job);
      for (let i = 1; i < 8; i++) execute(scheduler, i);
      expect(others.map(({ ended }) => ended)).toEqual([1, 1]);
      expect(scheduler.waiting.has(stalled)).toBe(true);
      for (let i = 0; i < 50; i++)
        expect(scheduler.plan(8)).toEqual({ decode: [], verify: [], chunks: [], preempted: [] });
      stalled.isHeldUp = false;
      for (let i = 9; stalled.ended === 0 && i < 40; i++) execute(scheduler, i);
      expect(stalled.ended).toBe(1);
    }
  });

  it('makes room in the cache too for what is more urgent, or not at all', () => {
    const scheduler = make('priority', {}, { ...shape, maxBlocks: 6 });
    const low = new Job(0, 0, 20, 24, 0);
    scheduler.add(low);
    execute(scheduler, 0);
    const huge = new Job(1, 1, 28, 30, 3);
    scheduler.add(huge);
    // No victim would make enough room, so there is none.
    expect(scheduler.plan(1).preempted).toEqual([]);
    scheduler.remove(huge);
    scheduler.add(new Job(2, 1, 8, 12, 3));
    expect(scheduler.plan(1)).toMatchObject({ preempted: [low], chunks: [{ count: 8 }] });
  });

  it('closes gaps among the slots once nobody waits', () => {
    const scheduler = make('fcfs');
    const jobs = [0, 1, 2].map((i) => new Job(i, 0, 4, 20));
    for (const job of jobs) scheduler.add(job);
    execute(scheduler, 0);
    scheduler.remove(jobs[0] as Job);
    expect(scheduler.findMove()).toEqual({ item: jobs[2], to: 0 });
    scheduler.moved(jobs[2] as Job, 0);
    expect(scheduler.findMove()).toBeUndefined();
    expect(scheduler.slots).toEqual([jobs[2], jobs[1], undefined, undefined]);
  });
});
