import { createHash } from 'node:crypto';
import { type ServedFile, serveFile, startServer, type TestServer } from './http-server.js';

export interface TestHub {
  readonly hub: TestServer;
  /** Where downloads of large files are redirected to. */
  readonly storage: TestServer;
  /** The repository's files; change it to change what is served. */
  readonly files: Map<string, ServedFile>;
  readonly commit: string;
  /** Set to make every request that lacks this token answer 401. */
  requiredToken?: string;
  /** Replaces the body of the API's answer. */
  listing?: unknown;
}

/**
 * Speaks as much of the hub's REST API as a download needs, for one repository: the listing with object ids, and
 * `resolve`, which sends small files itself and redirects large ones (`.safetensors`, `.gguf`, `.bin`) to another port.
 */
export async function startHub(
  repository: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<TestHub> {
  const storage = await startServer((request, response) => {
    const file = hub.files.get(decodeURIComponent((request.url ?? '').slice(1)));
    if (file === undefined) response.writeHead(404).end();
    else serveFile(request, response, file);
  });
  const api = await startServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://hub');
    if (hub.requiredToken !== undefined && request.headers.authorization !== `Bearer ${hub.requiredToken}`) {
      response.writeHead(401, { 'x-error-code': 'GatedRepo' }).end('gated');
    } else if (/^\/api\/models\//.test(url.pathname)) {
      const known = url.pathname === `/api/models/${repository}/revision/main` || url.pathname.endsWith(hub.commit);
      if (!known) response.writeHead(404, { 'x-error-code': 'RepoNotFound' }).end('{}');
      else response.end(JSON.stringify(hub.listing ?? listing(hub)));
    } else {
      const name = decodeURIComponent(url.pathname.slice(`/${repository}/resolve/${hub.commit}/`.length));
      const file = hub.files.get(name);
      if (file === undefined) response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
      else if (isLarge(name)) response.writeHead(302, { location: `${storage.url}/${encodeURIComponent(name)}` }).end();
      else serveFile(request, response, file);
    }
  });
  const hub: TestHub = {
    hub: api,
    storage,
    commit: createHash('sha1').update(repository).digest('hex'),
    files: new Map(Object.entries(files).map(([name, content]) => [name, { content: Buffer.from(content) }])),
  };
  return hub;
}

export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Git's object id of a file. */
export function blobId(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

function listing(hub: TestHub): unknown {
  return {
    id: 'ignored',
    sha: hub.commit,
    siblings: [...hub.files].map(([rfilename, { content }]) => ({
      rfilename,
      size: content.length,
      blobId: blobId(isLarge(rfilename) ? Buffer.from(`pointer to ${rfilename}`) : content),
      ...(isLarge(rfilename) ? { lfs: { sha256: sha256(content), size: content.length, pointerSize: 130 } } : {}),
    })),
  };
}

function isLarge(name: string): boolean {
  return /\.(safetensors|gguf|bin)$/.test(name);
}
