import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import koffi from 'koffi';

/** MADV_PAGEOUT of mman-common.h, since Linux 5.4. */
const pageOut = 21;

/**
 * Lets the kernel take back the pages of weight files mapped from a model's folder. Packing has read them once, but the
 * kernels keep copies of their own; what is needed after all, such as rows of an embedding table, is read again. The advice
 * never changes what memory holds, and does nothing where the system does not know it.
 */
export async function pageOutMappedFiles(modelPath: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const folder = `${path.dirname(await realpath(modelPath))}${path.sep}`;
  const maps = await readFile('/proc/self/maps', 'utf8').catch(() => '');
  const madvise = koffi.load(null).func('int madvise(uintptr_t address, size_t length, int advice)');
  for (const line of maps.split('\n')) {
    const found = /^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \d+ +(.*)$/.exec(line);
    if (!found?.[3]?.startsWith(folder)) continue;
    const [start, end] = [BigInt(`0x${found[1]}`), BigInt(`0x${found[2]}`)];
    madvise(start, end - start, pageOut);
  }
}
