export { abortable } from './concurrency/abortable.js';
export { TurnTaker } from './concurrency/turn-taker.js';
