export { abortable } from './concurrency/abortable.js';
export { drain, requireDrainTimeout } from './concurrency/drain.js';
export { type EitherSignal, eitherSignal } from './concurrency/either-signal.js';
export { HandOver } from './concurrency/hand-over.js';
export { onAbort } from './concurrency/on-abort.js';
export { TurnTaker, type TurnTakerOptions } from './concurrency/turn-taker.js';
export { type RequestTimeLimit, withDeadline } from './concurrency/with-deadline.js';
export { WorkLimit } from './concurrency/work-limit.js';
