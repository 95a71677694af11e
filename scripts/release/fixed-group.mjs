// Packages that would be released on their own, because .changeset/config.json has them in no group with the others.

/**
 * @param {readonly (readonly string[])[]} fixed of the configuration: patterns of names, `!` before those to leave out
 * @param {readonly string[]} names of the packages that are published
 * @returns {string[]} the names that are not in the first group
 */
export function outsideFixedGroup(fixed, names) {
  const [group = []] = fixed;
  const isLeftOut = (pattern) => pattern.startsWith('!');
  const taken = group.filter((pattern) => !isLeftOut(pattern)).map(expression);
  const leftOut = group.filter(isLeftOut).map((pattern) => expression(pattern.slice(1)));
  const isIn = (name) => taken.some((each) => each.test(name)) && !leftOut.some((each) => each.test(name));
  return names.filter((name) => !isIn(name));
}

/** Of a pattern whose only wildcard is `*`. */
function expression(pattern) {
  return new RegExp(`^${pattern.split('*').map(escaped).join('[^/]*')}$`);
}

const escaped = (text) => text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&');
