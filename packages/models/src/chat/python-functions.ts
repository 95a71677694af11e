/** Python's `range`, with the bound of Jinja's sandbox: templates come from the network. */
export function range(start: unknown, stop?: unknown, step: unknown = 1): number[] {
  const [from, to] = stop === undefined || stop === null ? [0, start] : [start, stop];
  if (!Number.isInteger(from) || !Number.isInteger(to) || !Number.isInteger(step) || step === 0) {
    throw new RangeError('range() takes whole numbers, and a step that is not 0');
  }
  const length = Math.max(0, Math.ceil((Number(to) - Number(from)) / Number(step)));
  if (length > maximalRange) throw new RangeError(`range() may have at most ${maximalRange} items`);
  return Array.from({ length }, (_, index) => Number(from) + index * Number(step));
}

/** Python's `strftime` in the C locale and local time. Throws for a directive that is not known here. */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(-?)([a-zA-Z%])/g, (directive, dash: string, letter: string) => {
    const text = directives[letter]?.(date);
    if (text === undefined) throw new RangeError(`strftime_now: ${directive} is not supported`);
    return dash ? text.replace(/^[0 ]+(?=.)/, '') : text;
  });
}

const maximalRange = 100_000;

const months = 'January February March April May June July August September October November December'.split(' ');
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

const directives: Readonly<Record<string, (date: Date) => string | undefined>> = {
  Y: (date) => String(date.getFullYear()),
  y: (date) => pad(date.getFullYear() % 100),
  m: (date) => pad(date.getMonth() + 1),
  d: (date) => pad(date.getDate()),
  e: (date) => String(date.getDate()).padStart(2, ' '),
  B: (date) => months[date.getMonth()],
  b: (date) => months[date.getMonth()]?.slice(0, 3),
  A: (date) => days[date.getDay()],
  a: (date) => days[date.getDay()]?.slice(0, 3),
  H: (date) => pad(date.getHours()),
  I: (date) => pad(date.getHours() % 12 || 12),
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  M: (date) => pad(date.getMinutes()),
  S: (date) => pad(date.getSeconds()),
  '%': () => '%',
};

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
