/**
 * True for a path that stays below the folder it is joined to, on every platform. Names from archives, listings and
 * manifests are checked with it before they touch the disk.
 */
export function isSafeRelativePath(path: string): boolean {
  if (path === '' || path.length > 1024 || hasControlCharacter(path) || /[\\:*?"<>|]/.test(path)) return false;
  return path.split('/').every((part) => part !== '' && !/^\.{1,2}$/.test(part) && !/[. ]$/.test(part));
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) < 32) return true;
  }
  return false;
}
