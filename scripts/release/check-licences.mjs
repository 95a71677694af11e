// Which licences the published packages bring with them, on any platform: read from the lock file that npm makes for them.
import satisfies from 'spdx-satisfies';

const permissive = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Zlib',
];

/** Packages with another licence, and the only ones that may depend on them. */
const exceptions = [
  { name: /^@ferrum\/plugin-espeak$/, licence: 'GPL-3.0-or-later', dependents: /^$/ },
  { name: /^@echogarden\/espeak-ng-emscripten$/, licence: 'GPL-3.0', dependents: /^@ferrum\/plugin-espeak$/ },
  // Unmodified binaries that a user can replace: FFmpeg and libvips.
  { name: /^@ferrum\/libav$/, licence: 'LGPL-2.1-or-later', dependents: /^@ferrum\/audio$/ },
  { name: /^@img\/sharp-libvips-/, licence: 'LGPL-3.0-or-later', dependents: /^(?:sharp|@img\/sharp-.+)$/ },
  { name: /^@img\/sharp-win32-/, licence: 'Apache-2.0 AND LGPL-3.0-or-later', dependents: /^sharp$/ },
  {
    name: /^@img\/sharp-wasm32$/,
    licence: 'Apache-2.0 AND LGPL-3.0-or-later AND MIT',
    dependents: /^(?:sharp|@img\/sharp-.+)$/,
  },
  // MIT, in a form of package.json that npm gave up.
  { name: /^jstat$/, licence: undefined, dependents: /^@ferrum\/cli$/ },
];

/**
 * @param lock what package-lock.json holds
 * @returns {string[]} what is wrong, one sentence each
 */
export function licenceFindings(lock) {
  const entries = Object.entries(lock.packages)
    .filter(([location]) => location !== '')
    .map(([location, entry]) => ({ ...entry, name: entry.name ?? location.split('node_modules/').at(-1) }));
  return entries.flatMap(({ name, version, license }) => {
    const exception = exceptions.find((item) => item.name.test(name));
    if (exception !== undefined && exception.licence === license) {
      const others = dependentsOf(name, entries).filter((dependent) => !exception.dependents.test(dependent));
      return others.map(
        (other) => `${other} must not depend on ${name}, which is under ${license ?? 'a licence of its own'}.`,
      );
    }
    if (name.startsWith('@ferrum/') && license !== 'MIT') return [`${name} is under ${license}, not MIT.`];
    return isPermissive(license) ? [] : [`${name}@${version} is under ${license ?? 'no licence that it names'}.`];
  });
}

/** @param listing the licenses.md of the server's page: `## preact - 11.2.0 (MIT)` … */
export function bundledLicenceFindings(listing) {
  const found = [...listing.matchAll(/^## (.+) \((.*)\)$/gm)];
  if (found.length === 0) return ['The page of @ferrum/server comes without the licences of what it bundles.'];
  return found
    .filter(([, , license]) => !isPermissive(license))
    .map(
      ([, name, license]) =>
        `${name}, in the page of @ferrum/server, is under ${license || 'no licence that it names'}.`,
    );
}

function dependentsOf(name, entries) {
  return entries
    .filter(({ dependencies, optionalDependencies, peerDependencies }) =>
      Object.hasOwn({ ...dependencies, ...optionalDependencies, ...peerDependencies }, name),
    )
    .map((entry) => entry.name);
}

function isPermissive(license) {
  try {
    return license !== undefined && satisfies(license, permissive);
  } catch {
    // Not an SPDX expression, such as "SEE LICENSE IN …".
    return false;
  }
}
