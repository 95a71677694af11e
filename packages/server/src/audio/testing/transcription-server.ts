import { afterEach, beforeAll } from 'vitest';
import { type FakeTranscriberOptions, fakeTranscriber } from '../../testing/fake-transcriber.js';
import { type TestServer, testServer } from '../../testing/test-server.js';
import { toneFile } from './sounds.js';
import { temporaryFiles } from './temporary-files.js';

/** Of a file of tests: servers of a fake transcriber, each closed after its test, which may leave no file behind. */
export class TranscriptionTests {
  readonly noFilesLeft = temporaryFiles();
  /** 1.5 s of WAV. */
  audio = new Uint8Array(0) as Uint8Array<ArrayBuffer>;
  #server: TestServer | undefined;

  constructor() {
    beforeAll(async () => {
      this.audio = await toneFile('wav', 1.5);
    });
    afterEach(async () => {
      await this.noFilesLeft();
      await this.#server?.[Symbol.asyncDispose]();
    });
  }

  get server(): TestServer {
    if (this.#server === undefined) throw new Error('no server was started');
    return this.#server;
  }

  async serve(options: FakeTranscriberOptions = {}, settings: Parameters<typeof testServer>[1] = {}) {
    const fake = fakeTranscriber(options);
    this.#server = await testServer({ transcription: fake.engine }, settings);
    return fake;
  }
}
