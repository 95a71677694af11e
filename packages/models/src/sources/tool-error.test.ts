import { describe, expect, it } from 'vitest';
import { toolError } from './tool-error.js';

// What the tools print, recorded from pip 23.2 and npm 11.19.
const broken = (reason: string) =>
  `WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by ${reason}: /simple/tiny/\n`;
const refused = broken(
  "'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object at 0x7f9f025d5890>: Failed to establish a new connection: [Errno 111] Connection refused')'",
);
const nameless = broken(
  "'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f9f025d5890>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')'",
);
const slow = broken(
  `"ReadTimeoutError("HTTPSConnectionPool(host='h', port=443): Read timed out. (read timeout=10.0)")"`,
);
const none = (name: string, versions = 'none') =>
  `ERROR: Could not find a version that satisfies the requirement ${name}==1 (from versions: ${versions})\nERROR: No matching distribution found for ${name}==1\n`;
const npmRefused = `npm error code ECONNREFUSED
npm error syscall connect
npm error errno ECONNREFUSED
npm error FetchError: request to http://127.0.0.1:9/left-pad failed, reason: connect ECONNREFUSED 127.0.0.1:9
npm error     at ClientRequest.<anonymous> (/usr/lib/node_modules/npm/node_modules/minipass-fetch/lib/index.js:130:14)
npm error     at process.processTicksAndRejections (node:internal/process/task_queues:83:21) {
npm error   code: 'ECONNREFUSED',
npm error   errno: 'ECONNREFUSED',
npm error   port: 9,
npm error }
npm error
npm error If you are behind a proxy, please make sure that the 'proxy' config is set properly.  See: 'npm help config'
npm error Log files were not written due to the config logs-max=0
`;
const npmNameless = `npm error code ENOTFOUND
npm error syscall getaddrinfo
npm error errno ENOTFOUND
npm error network request to http://nosuch.invalid/left-pad failed, reason: getaddrinfo ENOTFOUND nosuch.invalid
npm error network This is a problem related to network connectivity.
npm error network In most cases you are behind a proxy or have bad network settings.
npm error network
npm error Log files were not written due to the config logs-max=0
`;
const npmMissing = `npm error code E404
npm error 404 Not Found - GET http://127.0.0.1/connection-refused
npm error 404
npm error 404  The requested resource 'connection-refused@9.9.9' could not be found or you do not have permission to access it.
npm error 404
npm error 404 Note that you can also install from a
npm error 404 tarball, folder, http url, or git url.
npm error A complete log of this run can be found in: /tmp/x.log
`;
const npmVersion = `npm error code ETARGET
npm error notarget No matching version found for left-pad@99.9.9.
npm error notarget In most cases you or one of your dependencies are requesting a package version that doesn't exist.
`;

describe('toolError', () => {
  it.each([
    ['pip, refused', 'pip', refused + none('tiny'), 'Network', /Connection refused/],
    ['pip, no name service', 'pip', nameless + none('tiny'), 'Network', /Temporary failure in name resolution/],
    ['pip, too slow', 'pip', slow + none('tiny'), 'Network', /timed out/],
    ['pip, no such package', 'pip', none('tiny'), 'NotFound', /No matching distribution found for tiny/],
    ['pip, a package of an awkward name', 'pip', none('connection-pool'), 'NotFound', /connection-pool/],
    [
      'pip, another version, one mirror of two down',
      'pip',
      refused + none('tiny', '0.9, 2.0'),
      'NotFound',
      /0\.9, 2\.0/,
    ],
    ['npm, refused', 'npm', npmRefused, 'Network', /code ECONNREFUSED \| .*connect ECONNREFUSED 127\.0\.0\.1:9$/],
    ['npm, no such host', 'npm', npmNameless, 'Network', /npm error code ENOTFOUND \| .*ENOTFOUND nosuch\.invalid$/],
    [
      'npm, no such package',
      'npm',
      npmMissing,
      'NotFound',
      /npm error code E404 \| npm error 404 Not Found - GET \S+$/,
    ],
    ['npm, no such version', 'npm', npmVersion, 'NotFound', /No matching version found for left-pad@99\.9\.9\.$/],
    ['another failure', 'pip', 'ERROR: something broke\n', 'Network', /something broke/],
  ] as const)('tells what %s means', (_case, tool, stderr, code, message) => {
    const error = toolError(tool, 1, stderr);
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
    expect(error.message).not.toMatch(/log|Note that|proxy|object at|Retry\(/i);
    expect(error.details).toEqual({ tool, stderr });
  });

  it('does not blame the index when pip could not connect', () => {
    expect(toolError('pip', 1, refused + none('tiny')).message).not.toMatch(/No matching distribution/);
  });
});
