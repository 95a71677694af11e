/** Has the browser save a file under a name. */
export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Nothing tells when the browser has read the file; a minute is long enough even for a slow disk.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
