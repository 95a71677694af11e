// Markdown files, and their sections in pieces that a model reads whole.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { marked } from 'marked';

/** @returns {Promise<string[]>} absolute paths; hidden folders and node_modules are left out */
export async function findMarkdown(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(md|markdown)$/i.test(entry.name))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name)) // parentPath: since Node 20.12
    .filter((file) => !/(^|[\\/])(\.|node_modules[\\/])/.test(path.relative(folder, file)));
}

/**
 * @param {string} markdown
 * @param {(text: string) => boolean} fits whether the model reads all of a text
 * @returns {{ heading: string, text: string }[]}
 */
export function splitMarkdown(markdown, fits) {
  return sectionsOf(markdown.replace(frontMatter, '')).flatMap(({ heading, text }) =>
    halve(text.trim(), fits).map((part) => ({ heading, text: part })),
  );
}

const frontMatter = /^\uFEFF?(---\r?\n[\w-]+:[\s\S]*?\n---[ \t]*(\r?\n|$))?/;

/** A section ends where the next heading begins; headings without a text between them stay together. */
function sectionsOf(markdown) {
  const headings = [];
  const sections = [];
  let section;
  for (const token of marked.lexer(markdown)) {
    const isHeading = token.type === 'heading';
    if (section === undefined || (isHeading && section.hasBody)) {
      section = { heading: '', text: '', hasBody: false };
      sections.push(section);
    }
    if (isHeading) {
      headings.splice(token.depth - 1, headings.length, token.text);
      section.heading = headings.join(' › ');
    }
    section.hasBody ||= !isHeading && token.type !== 'space';
    section.text += token.raw;
  }
  return sections;
}

/** Cuts a text in two, and those again, until each part fits. */
function halve(text, fits) {
  if (text === '') return [];
  if (text.length < 16 || fits(text)) return [text];
  const middle = middleOf(text);
  return [text.slice(0, middle), text.slice(middle)].flatMap((part) => halve(part.trim(), fits));
}

/** Between two paragraphs in the second quarter of the text, else between lines, sentences or words. */
function middleOf(text) {
  const half = Math.floor(text.length / 2);
  for (const separator of ['\n\n', '\n', '. ', '。', ' ']) {
    const at = text.lastIndexOf(separator, half);
    if (at > half / 2) return at + separator.length;
  }
  // Not inside a character that is two code units long.
  return text.codePointAt(half - 1) > 0xffff ? half + 1 : half;
}
