// What changed between two API reports, and whether code that compiled before still does. In doubt a change counts as breaking:
// a type written in other words, a parameter added at the end, a wider union.
import { declarationsOf } from './declarations.mjs';

/**
 * @param {string | undefined} before undefined: the entry point is new
 * @param {string | undefined} after undefined: there is no such entry point any more
 * @returns {{ kind: 'breaking' | 'feature', what: string }[]}
 */
export function compareReports(before, after) {
  if (before === undefined) return [feature('a new entry point')];
  if (after === undefined) return [breaking('the entry point was removed')];
  const [old, now] = [declarationsOf(before), declarationsOf(after)];
  const changes = [];
  const declared = new Set([...now.keys()].filter((name) => !isPassedOn(name)).map(nameOf));
  for (const [name, declaration] of old) {
    const current = now.get(name);
    if (current !== undefined) changes.push(...compareDeclarations(name, declaration, current));
    else if (!name.startsWith('import ')) changes.push(breaking(`${name} was removed`));
    // An import that is not needed any more changes nothing; another type under its name does.
    else if (declared.has(nameOf(name))) changes.push(breaking(`${name} became a declaration`));
  }
  for (const [name, { isExported }] of now) {
    if (!old.has(name) && isExported) changes.push(feature(`${name} is new`));
  }
  return changes;
}

function compareDeclarations(name, old, now) {
  const changes = [];
  if (old.isExported && !now.isExported) changes.push(breaking(`${name} is no longer exported`));
  if (!old.isExported && now.isExported) changes.push(feature(`${name} is exported now`));
  if (old.head !== now.head) changes.push(breaking(`${name} changed${wasAndIs([old.head], [now.head])}`));
  for (const [key, member] of old.members) {
    const current = now.members.get(key);
    if (current === undefined) changes.push(breaking(`${name}: ${key} was removed`));
    else changes.push(...compareMembers(`${name}: ${key}`, member, current));
  }
  for (const [key, { isRequired }] of now.members) {
    if (old.members.has(key)) continue;
    changes.push(isRequired ? breaking(`${name}: ${key} is new and required`) : feature(`${name}: ${key} is new`));
  }
  return changes;
}

function compareMembers(name, old, now) {
  const lost = old.texts.filter((text) => !now.texts.includes(text));
  const gained = now.texts.filter((text) => !old.texts.includes(text));
  if (lost.length > 0) return [breaking(`${name} changed${wasAndIs(lost, gained)}`)];
  if (gained.length === 0) return [];
  // Another overload: callers gain it, and those who implement an interface have to.
  return now.isRequired ? [breaking(`${name} has a new overload`)] : [feature(`${name} has a new overload`)];
}

const nameOf = (key) => key.split(' ').at(-1);
const isPassedOn = (key) => /^(?:import|export) /.test(key);

const breaking = (what) => ({ kind: 'breaking', what });
const feature = (what) => ({ kind: 'feature', what });
const wasAndIs = (old, now) => `\n      was: ${old.join(' ') || '-'}\n      is:  ${now.join(' ') || '-'}`;
