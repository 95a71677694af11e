import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { root } from '../run.mjs';
import { outsideFixedGroup } from './fixed-group.mjs';
import { publicPackages } from './packages.mjs';

const names = ['@ferrum/llm', '@ferrum/tts', 'other'];

test.each([
  ['a pattern takes all names of its scope', [['@ferrum/*']], ['other']],
  ['what is left out is outside', [['@ferrum/*', '!@ferrum/t*']], ['@ferrum/tts', 'other']],
  ['names count as they are', [['@ferrum/tts', 'oth.r']], ['@ferrum/llm', 'other']],
  ['a second group is another release', [['@ferrum/*'], ['other']], ['other']],
  ['no group', [], names],
])('%s', (_, fixed, outside) => {
  expect(outsideFixedGroup(fixed, names)).toEqual(outside);
});

test('every package that is published is in the group', () => {
  const { fixed } = JSON.parse(readFileSync(`${root}/.changeset/config.json`, 'utf8'));
  const published = publicPackages(root).map(({ name }) => name);
  expect(outsideFixedGroup(fixed, published)).toEqual([]);
});
