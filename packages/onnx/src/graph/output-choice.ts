import type { Value } from './value.js';

/** One output: its name, `true` for a made-up name, `undefined` to leave it out. */
export type OutputChoice = string | true | undefined;

/** What the choice gives: a value each, `undefined` for those left out. */
export type ValuesOf<Outputs extends number | readonly OutputChoice[]> = Outputs extends readonly OutputChoice[]
  ? { readonly [Index in keyof Outputs]: Outputs[Index] extends undefined ? undefined : Value }
  : Outputs extends number
    ? Repeated<Outputs>
    : never;

/** As many values as a literal number says; a list of them when it is only known to be a number. */
type Repeated<Count extends number, Values extends readonly Value[] = readonly []> = number extends Count
  ? readonly Value[]
  : Values['length'] extends Count
    ? Values
    : Repeated<Count, readonly [...Values, Value]>;
