// The code blocks of the documentation, as their readers see them. `<<< file [name]` shows a file of the repository, which is
// run where it is at home (scripts/check-installs.mjs): here it is only laid into the page's folder, for the blocks after it.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { withSections } from '../../docs/.vitepress/sections.mjs';
import { root } from '../run.mjs';

const docs = path.join(root, 'docs');

/**
 * Blocks of every page, the generated reference among them. What follows the language in the fence:
 * `continue` joins the module of the block before, `[name]` writes a file of that name, `vitest` runs it with vitest,
 * `not-run: reason` leaves it to a linter.
 * @returns pages with their blocks `{ page, line, language, text, continues, file, vitest, notRun, isShown }`; `line` is that of
 *   the fence, or that of the page's section mark where a README has the block; `isShown` of a file of the repository
 */
export function pages() {
  return readdirSync(docs, { recursive: true })
    .filter((file) => file.endsWith('.md') && !/(^|\/)(node_modules|\.vitepress)\//.test(file))
    .sort()
    .map((page) => ({ page, blocks: blocksOf(page) }))
    .filter(({ blocks }) => blocks.length > 0);
}

function blocksOf(page) {
  const file = path.join(docs, page);
  const blocks = [];
  let open;
  for (const { text, line } of numberedLines(readFileSync(file, 'utf8'), file)) {
    const fence = /^(\s*)(```+)(.*)$/.exec(text);
    const [, shown, name] = /^<<< (\S+) \[(\S+)\]$/.exec(open ? '' : text) ?? [];
    if (shown) {
      const content = readFileSync(path.resolve(path.dirname(file), shown), 'utf8');
      blocks.push({ page, line, language: path.extname(shown).slice(1), text: content, file: name, isShown: true });
      continue;
    }
    if (!open && fence) {
      open = { ...parseInfo(fence[3].trim()), page, line, indent: fence[1].length, fence: fence[2], lines: [] };
    } else if (open && fence?.[2] === open.fence && fence[3].trim() === '') {
      const { lines, indent, fence: _, ...block } = open;
      blocks.push({ ...block, text: `${lines.map((each) => each.slice(indent)).join('\n')}\n` });
      open = undefined;
    } else open?.lines.push(text);
  }
  if (open) throw new Error(`docs/${page}:${open.line}: a code block without an end.`);
  return blocks;
}

/** Lines that a section of a README brings count as the line that asks for it. */
function numberedLines(markdown, file) {
  return markdown.split('\n').flatMap((line, index) =>
    withSections(line, file)
      .split('\n')
      .map((text) => ({ text, line: index + 1 })),
  );
}

function parseInfo(info) {
  const [language = '', ...words] = info.split(/\s+/);
  const notRun = /\bnot-run: (.+)$/.exec(info)?.[1];
  const rest = words.join(' ');
  return {
    language,
    notRun,
    file: /\[([^\]]+)\]/.exec(rest)?.[1],
    continues: !notRun && /\bcontinue\b/.test(rest),
    vitest: !notRun && /\bvitest\b/.test(rest),
  };
}
