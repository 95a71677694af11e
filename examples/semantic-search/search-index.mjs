// The index: an SQLite file, opened with libSQL, which has vectors and their distances built in.
import Database from 'libsql/promise';

const schema = `
  CREATE TABLE IF NOT EXISTS model (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, hash TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS sections (path TEXT NOT NULL, heading TEXT NOT NULL, text TEXT NOT NULL, embedding BLOB NOT NULL);
  CREATE INDEX IF NOT EXISTS sections_of_file ON sections (path);
`;

/** Opens an index; a file that is not there is created. */
export async function openIndex(file) {
  try {
    const index = new SearchIndex(new Database(file));
    await index.open();
    return index;
  } catch (error) {
    throw new Error(`${file} cannot be opened as an index (${error.message}). Give another one with --index FILE.`);
  }
}

class SearchIndex {
  #database;
  /** That made the embeddings; undefined while there are none. */
  model;

  constructor(database) {
    this.#database = database;
  }

  async open() {
    await this.#database.exec(schema);
    const [row] = await this.#all('SELECT name FROM model WHERE EXISTS (SELECT 1 FROM sections)');
    this.model = row?.name;
  }

  /** @returns {Promise<Map<string, string>>} hashes of the indexed files, by path */
  async files() {
    const rows = await this.#all('SELECT path, hash FROM files');
    return new Map(rows.map(({ path, hash }) => [path, hash]));
  }

  /**
   * Forgets the removed files and replaces the changed ones: all of it or, on an error, nothing.
   * @param {{ model: string, removed: string[], changed: { path: string, hash: string,
   *   sections: { heading: string, text: string, embedding: Float32Array }[] }[] }} update
   */
  async update({ model, removed, changed }) {
    await this.#database.exec('BEGIN IMMEDIATE');
    try {
      await this.#run('INSERT OR REPLACE INTO model VALUES (1, ?)', model);
      for (const path of [...removed, ...changed.map((file) => file.path)]) {
        await this.#run('DELETE FROM files WHERE path = ?', path);
        await this.#run('DELETE FROM sections WHERE path = ?', path);
      }
      for (const { path, hash, sections } of changed) {
        await this.#run('INSERT INTO files VALUES (?, ?)', path, hash);
        for (const { heading, text, embedding } of sections) {
          await this.#run('INSERT INTO sections VALUES (?, ?, ?, ?)', path, heading, text, blob(embedding));
        }
      }
      await this.#database.exec('COMMIT');
    } catch (error) {
      await this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /**
   * Compares with every section: exact, and a quarter of a second for 100,000 of them.
   * @returns {Promise<{ path: string, heading: string, text: string, score: number }[]>} best first; `score` is the cosine
   */
  nearest(embedding, count) {
    return this.#all(
      `SELECT path, heading, text, 1 - vector_distance_cos(embedding, ?) AS score
       FROM sections ORDER BY score DESC LIMIT ?`,
      blob(embedding),
      count,
    );
  }

  close() {
    this.#database.close();
  }

  async #all(sql, ...values) {
    return (await this.#database.prepare(sql)).all(...values);
  }

  async #run(sql, ...values) {
    (await this.#database.prepare(sql)).run(...values);
  }
}

/** Float32 values are what libSQL takes for a vector. */
function blob({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength);
}
