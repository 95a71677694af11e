// Blocks of TypeScript and JavaScript as files: joined where they belong together, and type-checked all at once. What has no
// syntax of TypeScript's own runs as it stands, as it would for a reader who saves it as an .mjs file.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root } from '../run.mjs';

/** The workspace's own TypeScript is the native one, which has no API. */
const typescript = createRequire(path.join(root, 'docs', 'package.json'))('typescript');

const languages = ['ts', 'js', 'cjs'];

/** What TypeScript asks of a reader's project, and what we ask of ourselves beside it. Only types are taken out. */
const compilerOptions = {
  target: 'esnext',
  lib: ['es2023', 'esnext.disposable'],
  module: 'nodenext',
  moduleDetection: 'force',
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  verbatimModuleSyntax: true,
  sourceMap: true,
};

/**
 * Writes the modules of a page.
 * @param text what is written for a block
 * @returns steps in the order of the page: `{ block, kind: 'module', file, lines }`, or `{ block, kind: language }` of other
 *   blocks; `lines` has for each line of the file the line of the page, both from 1
 */
export function writeModules({ blocks }, folder, text) {
  const steps = [];
  for (const block of blocks) {
    if (block.isShown) {
      writeFileSync(path.join(folder, block.file), block.text);
      continue;
    }
    if (!languages.includes(block.language)) {
      steps.push({ block, kind: block.language });
      continue;
    }
    const last = steps.findLast(({ kind }) => kind === 'module');
    if (block.continues && !last) throw new Error(`docs/${block.page}:${block.line}: nothing to continue.`);
    const step = block.continues ? last : { block, kind: 'module', file: fileOf(block), source: '', lines: [0] };
    if (!block.continues) steps.push(step);
    step.source += text(block);
    for (let i = 1; i < block.text.split('\n').length; i++) step.lines.push(block.line + i);
  }
  for (const { file, source } of steps.filter(({ kind }) => kind === 'module')) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), source);
  }
  return steps;
}

function fileOf({ file, line, language }) {
  return file ?? `line-${line}.${language === 'js' ? 'mjs' : language === 'cjs' ? 'cjs' : 'mts'}`;
}

/** Type-checks modules and writes what Node.js runs beside those of TypeScript. @returns findings, with their details */
export function compile(folder, files) {
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'documentation', private: true, type: 'module' }),
  );
  const isJavaScript = (file) => /\.[cm]?js$/.test(file);
  const typed = files.filter((file) => !isJavaScript(file));
  const javascript = files.filter(isJavaScript);
  const findings = [
    ...check(folder, 'tsconfig.json', compilerOptions, typed),
    ...check(folder, 'tsconfig.javascript.json', { ...compilerOptions, checkJs: true, noEmit: true }, javascript),
  ];
  for (const file of typed) {
    const source = readFileSync(path.join(folder, file), 'utf8');
    if (isPlainJavaScript(source)) writeFileSync(path.join(folder, compiledName(file)), source);
  }
  // The server reads the TypeScript, and does not want two of them.
  for (const file of files.filter((each) => /ferrum\.config\.m?ts$/.test(each))) {
    rmSync(path.join(folder, file.replace(/ts$/, 'js')), { force: true });
  }
  return findings;
}

/** The name of what Node.js runs. */
export const compiledName = (file) => file.replace(/\.(m?)ts$/, '.$1js');

function isPlainJavaScript(source) {
  const settings = { allowJs: true, module: 'nodenext', target: 'esnext' };
  const input = { fileName: 'module.mjs', reportDiagnostics: true, compilerOptions: settings };
  return typescript.transpileModule(source, input).diagnostics.length === 0;
}

function check(folder, name, options, files) {
  if (files.length === 0) return [];
  writeFileSync(path.join(folder, name), JSON.stringify({ compilerOptions: options, files }));
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', name, '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return status === 0 ? [] : `${stdout}${stderr}`.trim().split(/\n(?! )/);
}
