/** A downloaded package, read entry by entry: nothing is unpacked to a path that the archive chose. */
export interface PackageArchive {
  readonly entries: readonly ArchiveEntry[];
  /** The bytes of one entry. @throws FerrumError `InvalidFormat` when the archive is damaged. */
  read(entry: ArchiveEntry): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

export interface ArchiveEntry {
  /** Inside the package, with `/`. */
  readonly name: string;
  readonly sizeBytes: number;
}
