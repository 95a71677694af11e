import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkChanges } from './check-changes.mjs';

let root;
let template;

beforeAll(() => {
  template = mkdtempSync(path.join(tmpdir(), 'ferrum-breaking-'));
  root = template;
  git('init', '--quiet', '--initial-branch=main', '--template=');
  commit('0.3.1', before);
});
afterAll(() => rmSync(template, { recursive: true }));
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'ferrum-breaking-'));
  cpSync(template, root, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const before = `
import type { Plugin } from '@ferrum/interfaces';
export interface Options extends Base {
    readonly name: string;
    readonly size?: number;
    open(path: string): Promise<void>;
}
interface Base {
}
export class Engine {
    constructor(options: Options);
    close(): void;
}
export type Shape = 'round' | 'square';
export type Point = {
    readonly x: number;
};
export function create(options: Options): Engine;
export const limit: number;
export { JsonValue }
export { Engine as Motor }
export * from 'one';
export * from 'two';
`;

describe('a change that breaks', () => {
  test.each([
    ['a removed function', (code) => code.replace(/export function.*\n/, ''), 'function create was removed'],
    [
      'a changed function',
      (code) => code.replace('create(options: Options)', 'create(name: string)'),
      'signature changed',
    ],
    ['a removed member', (code) => code.replace('    close(): void;\n', ''), 'class Engine: close was removed'],
    [
      'a member of another type',
      (code) => code.replace('name: string', 'name: number'),
      'interface Options: name changed',
    ],
    ['a member that becomes required', (code) => code.replace('size?:', 'size:'), 'interface Options: size changed'],
    [
      'a new required member',
      (code) => code.replace('    open(', '    readonly mode: string;\n    open('),
      'mode is new and required',
    ],
    [
      'a new required method',
      (code) => code.replace('    open(', '    close(): void;\n    open('),
      'close is new and required',
    ],
    [
      'a new required member of an object type',
      (code) => code.replace('x: number;', 'x: number;\n    y: number;'),
      'y is new and required',
    ],
    [
      'a member to implement',
      (code) => code.replace('    close()', '    abstract reset(): void;\n    close()'),
      'reset is new and required',
    ],
    [
      'an overload to implement',
      (code) => code.replace('    open(', '    open(): void;\n    open('),
      'open has a new overload',
    ],
    [
      'another constructor',
      (code) => code.replace('constructor(options: Options)', 'constructor()'),
      'constructor changed',
    ],
    ['another base', (code) => code.replace(' extends Base', ''), 'interface Options changed'],
    [
      'a change of what is reachable but not exported',
      (code) => code.replace('Base {', 'Base {\n    id: string;'),
      'id is new and required',
    ],
    ['a smaller union', (code) => code.replace(" | 'square'", ''), 'Shape changed'],
    ['a constant of another type', (code) => code.replace('limit: number', 'limit: string'), 'const limit changed'],
    [
      'a type no longer exported',
      (code) => code.replace('export type Shape', 'type Shape'),
      'type Shape is no longer exported',
    ],
    [
      'a name no longer passed on',
      (code) => code.replace('export { JsonValue }\n', ''),
      'export JsonValue was removed',
    ],
    [
      'another declaration passed on under a name',
      (code) => code.replace('Engine as Motor', 'Other as Motor'),
      'export Motor changed',
    ],
    ['a star that goes away', (code) => code.replace("export * from 'two';\n", ''), "'two' was removed"],
    [
      'an imported type that comes from elsewhere',
      (code) => code.replace('@ferrum/interfaces', '@ferrum/other'),
      'import Plugin changed',
    ],
    [
      'an imported type of another name',
      (code) => code.replace('{ Plugin }', '{ Other as Plugin }'),
      'import Plugin changed',
    ],
    [
      'an imported type that is declared instead',
      (code) => code.replace(/import.*/, 'interface Plugin {\n}'),
      'import Plugin became a declaration',
    ],
    ['a removed entry point', () => undefined, 'the entry point was removed'],
  ])('%s', (_, change, message) => {
    write('0.3.1', change(before));
    changeset('patch');
    const { isFitting, output } = check('HEAD');
    expect(isFitting).toBe(false);
    expect(output).toMatch(message);
    expect(output).toContain('needs minor or more, has patch');
    changeset('minor');
    expect(check('HEAD').isFitting).toBe(true);
  });

  test('asks for a major from 1.0 on', () => {
    commit('1.2.0', before);
    write('1.2.0', before.replace('name: string', 'name: number'));
    changeset('minor');
    expect(check('HEAD')).toMatchObject({
      isFitting: false,
      output: expect.stringContaining('needs major or more, has minor'),
    });
    changeset('major');
    expect(check('HEAD').isFitting).toBe(true);
  });

  test('is not covered by a changeset of another package, nor by an older one', () => {
    changeset('minor', '@ferrum/thing', 'older');
    commit('0.3.1', before);
    write('0.3.1', before.replace('name: string', 'name: number'));
    changeset('minor', '@ferrum/other');
    expect(check('HEAD')).toMatchObject({ isFitting: false, output: expect.stringContaining('no changeset names it') });
  });

  test('is covered by a version that "changeset version" has raised', () => {
    write('0.3.2', before.replace('name: string', 'name: number'));
    expect(check('HEAD').isFitting).toBe(false);
    write('0.4.0', before.replace('name: string', 'name: number'));
    expect(check('HEAD')).toMatchObject({ isFitting: true, output: expect.stringContaining('0.3.1 became 0.4.0') });
  });

  test('of a package that is removed needs a large enough changeset of any', () => {
    rmSync(path.join(root, 'packages', 'thing'), { recursive: true });
    rmSync(path.join(root, 'api', 'thing.api.md'));
    expect(check('HEAD').isFitting).toBe(false);
    changeset('minor', '@ferrum/other');
    expect(check('HEAD').isFitting).toBe(true);
  });
});

describe('a change that adds', () => {
  test.each([
    ['a function', (code) => `${code}export function remove(): void;\n`],
    ['an optional member', (code) => code.replace('    open(', '    readonly mode?: string;\n    open(')],
    ['a member of a class', (code) => code.replace('    close()', '    reset(): void;\n    close()')],
    ['an overload of a function', (code) => `${code}export function create(): Engine;\n`],
    ['an export of what was reachable', (code) => code.replace('interface Base', 'export interface Base')],
  ])('%s', (_, change) => {
    write('0.3.1', change(before));
    expect(check('HEAD')).toMatchObject({ isFitting: false, output: expect.stringContaining('needs patch or more') });
    changeset('patch');
    expect(check('HEAD')).toMatchObject({ isFitting: true, output: expect.stringContaining('feature: ') });
  });

  test('asks for a minor from 1.0 on', () => {
    commit('1.2.0', before);
    write('1.2.0', `${before}export function remove(): void;\n`);
    changeset('patch');
    expect(check('HEAD')).toMatchObject({ isFitting: false, output: expect.stringContaining('needs minor or more') });
    changeset('minor');
    expect(check('HEAD').isFitting).toBe(true);
  });
});

test('order, comments, spaces and imports that are not needed are no change', () => {
  const [first, second] = ['    readonly name: string;\n', '    readonly size?: number;\n'];
  const withoutImport = before.replace(/import.*\n/, '');
  write('0.3.1', withoutImport.replace(first + second, `    // A note.\n${second}\n  ${first}`));
  expect(check('HEAD')).toMatchObject({ isFitting: true, output: expect.stringContaining('of 0 packages changed') });
});

test('compares with where the branch left origin/main, else with the latest release', () => {
  expect(check(undefined)).toMatchObject({
    isFitting: true,
    output: expect.stringContaining('no origin/main and no release'),
  });
  git('tag', '@ferrum/thing@0.3.1');
  write('0.3.1', before.replace('name: string', 'name: number'));
  expect(check(undefined)).toMatchObject({ isFitting: false });
  git('commit', '--quiet', '--all', '--message=break');
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  expect(check(undefined)).toMatchObject({
    isFitting: true,
    output: expect.stringContaining('where this left origin/main'),
  });
});

test('fails on what it cannot read', () => {
  expect(() => check('nowhere')).toThrow('git knows no commit "nowhere"');
  write('0.3.1', before.replace('name: string', 'name: number'));
  writeFileSync(path.join(root, '.changeset', 'broken.md'), 'no front matter');
  expect(() => check('HEAD')).toThrow('.changeset/broken.md is no changeset');
  changeset('hugely', '@ferrum/thing', 'broken');
  expect(() => check('HEAD')).toThrow('.changeset/broken.md is no changeset');
  changeset('minor', '@ferrum/nowhere', 'broken');
  expect(() => check('HEAD')).toThrow('.changeset/broken.md names @ferrum/nowhere, which is no package');
});

/** Commits a package with its report. The template of every test has version 0.3.1 with `before`. */
function commit(version, code) {
  write(version, code);
  git('add', '--all');
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '--quiet', '--message=before');
}

function write(version, code) {
  for (const folder of ['packages/thing', 'packages/other', 'api', '.changeset']) {
    mkdirSync(path.join(root, folder), { recursive: true });
  }
  for (const name of ['thing', 'other']) {
    const manifest = JSON.stringify({ name: `@ferrum/${name}`, version });
    writeFileSync(path.join(root, 'packages', name, 'package.json'), manifest);
  }
  const report = path.join(root, 'api', 'thing.api.md');
  if (code === undefined) rmSync(report);
  else writeFileSync(report, `# @ferrum/thing\n\n\`\`\`ts${code}\`\`\`\n`);
}

function changeset(bump, name = '@ferrum/thing', file = 'change') {
  mkdirSync(path.join(root, '.changeset'), { recursive: true });
  writeFileSync(path.join(root, '.changeset', `${file}.md`), `---\n'${name}': ${bump}\n---\n\nWhat users notice.\n`);
}

function check(since) {
  const { isFitting, lines } = checkChanges(root, since);
  return { isFitting, output: lines.join('\n') };
}

function git(...args) {
  execFileSync('git', ['-C', root, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args]);
}
