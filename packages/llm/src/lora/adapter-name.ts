import * as v from 'valibot';

/** What requests call an adapter by. */
export const adapterName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_.-]{1,128}$/, 'must be 1 to 128 letters, digits, `_`, `.` or `-`'),
  v.check((name) => /[^.]/.test(name), 'must not be dots alone'),
);
