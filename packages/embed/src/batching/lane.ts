/** The entries of one call: calls share the engine by lanes, whatever their size. */
export class Lane {
  /** Up to where the call has used its share, in tokens of the queue's own clock. */
  finish = 0;
  /** The caller has gone; entries that wait are dropped. */
  isClosed = false;
}
