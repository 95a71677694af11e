import { rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UploadFolder } from './upload-folder.js';

describe('the folder of uploads', () => {
  it('has a file of its own for each of many at once', async () => {
    const folder = new UploadFolder();
    const files = await Promise.all(Array.from({ length: 20 }, () => folder.newFile()));
    expect(new Set(files).size).toBe(20);
    expect(new Set(files.map((file) => path.dirname(file))).size).toBe(1);
    await folder.remove();
    await expect(stat(path.dirname(files[0] ?? ''))).rejects.toThrow('ENOENT');
  });

  it('is made anew when something has cleared it away', async () => {
    const folder = new UploadFolder();
    await rm(path.dirname(await folder.newFile()), { recursive: true });
    const files = await Promise.all([folder.newFile(), folder.newFile()]);
    for (const file of files) await writeFile(file, 'x');
    expect(path.dirname(files[0])).toBe(path.dirname(files[1]));
    await folder.remove();
  });
});
