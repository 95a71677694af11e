/** A part of an alternative, as it is written. */
export interface Part {
  readonly written: string;
  /** Where it is one byte of text. */
  readonly byte?: number;
}

/**
 * Alternatives in xgrammar's notation, with what several begin with written once. xgrammar 0.1.27 does that itself where they
 * stand side by side, and mixes up some (`MergeEquivalentSuccessors` in its fsm.cc joins states from both ends at a time).
 * @param alternatives at least one
 */
export function writeAlternatives(alternatives: readonly (readonly Part[])[], depth = 0): string {
  const groups = new Map<string, (readonly Part[])[]>();
  for (const parts of alternatives) {
    const first = parts[0]?.written ?? '""';
    const group = groups.get(first);
    if (group) group.push(parts);
    else groups.set(first, [parts]);
  }
  // What is empty must come first.
  const names = [...groups.keys()].sort((a, b) => Number(b === '""') - Number(a === '""'));
  const written = names.map((name) => {
    const group = groups.get(name) ?? [];
    const [one = []] = group;
    if (name === '""' || group.length === 1) return writeParts(one);
    if (depth >= deepest) return [...new Set(group.map(writeParts))].join(' | ');
    const shared = commonLength(group);
    const rest = writeAlternatives(
      group.map((parts) => parts.slice(shared)),
      depth + 1,
    );
    return rest === '""' ? writeParts(one.slice(0, shared)) : `${writeParts(one.slice(0, shared))} ${rest}`;
  });
  return written.length === 1 ? (written[0] ?? '""') : `(${written.join(' | ')})`;
}

/** Deeper ones stand side by side. */
const deepest = 200;

export function writeParts(parts: readonly Part[]): string {
  const written: string[] = [];
  for (let i = 0; i < parts.length; ) {
    const part = parts[i] as Part;
    if (part.byte === undefined) {
      written.push(part.written);
      i += 1;
      continue;
    }
    const bytes: number[] = [];
    for (; i < parts.length && parts[i]?.byte !== undefined; i++) bytes.push(parts[i]?.byte ?? 0);
    written.push(...writeBytes(Uint8Array.from(bytes)));
  }
  return written.length === 0 ? '""' : written.join(' ');
}

/** Whole characters as a text; what is part of one as classes, whose elements xgrammar 0.1.27 takes for bytes. */
function writeBytes(bytes: Uint8Array): readonly string[] {
  const written: string[] = [];
  let text = '';
  const endText = (): void => {
    if (text !== '') written.push(`"${text}"`);
    text = '';
  };
  for (let i = 0; i < bytes.length; ) {
    const byte = bytes[i] ?? 0;
    const size = byte < 0x80 ? 1 : byte < 0xc0 ? 0 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (size > 0 && i + size <= bytes.length) {
      text += escapeCode(new TextDecoder().decode(bytes.subarray(i, i + size)).codePointAt(0) ?? 0);
      i += size;
    } else {
      endText();
      written.push(byteClass(byte));
      i += 1;
    }
  }
  endText();
  return written;
}

/** A class with one element would be taken for a character. */
export function byteClass(byte: number): string {
  return `[${escapeCode(byte)}${escapeCode(byte)}]`;
}

/** Letters and digits stand for themselves; nothing else means the same in every place. */
export function escapeCode(code: number): string {
  const character = String.fromCodePoint(code);
  return /[A-Za-z0-9]/.test(character) ? character : `\\U${code.toString(16).toUpperCase().padStart(8, '0')}`;
}

function commonLength(group: readonly (readonly Part[])[]): number {
  const [one = []] = group;
  let length = 1;
  while (length < one.length && group.every((parts) => parts[length]?.written === one[length]?.written)) length += 1;
  return length;
}
