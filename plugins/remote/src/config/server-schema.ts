import * as v from 'valibot';
import { count, dictionary, someText } from './fields.js';

/** A server of the configuration. */
export const serverSchema = v.strictObject({
  url: v.pipe(
    someText,
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const url = URL.canParse(dataset.value) ? new URL(dataset.value) : undefined;
      const problem = urlProblem(url);
      if (url !== undefined && problem === undefined) return url;
      addIssue({ message: problem ?? 'is no URL' });
      return NEVER;
    }),
  ),
  // What is given may be the key itself, so it is in no message.
  apiKeyEnv: v.optional(
    v.pipe(v.string(), v.regex(/^[A-Za-z_]\w*$/, 'must be the name of an environment variable, which holds the key')),
  ),
  headers: v.optional(
    dictionary(
      v.pipe(
        v.string(),
        v.regex(/^[\w!#$%&'*+.^`|~-]+$/, 'is no name of a header'),
        v.check(
          (name) => !ours.has(name.toLowerCase()),
          'is not for the configuration: the plugin sets it, or needs it unset; keys are given by apiKeyEnv',
        ),
      ),
      v.pipe(v.string(), v.regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'is no value of a header')),
    ),
    {},
  ),
  models: v.optional(v.pipe(v.array(someText), v.minLength(1, 'is empty; leave it out for every model'), v.readonly())),
  maxConcurrent: v.optional(count),
});

/** Headers that are not for the configuration. */
const ours: ReadonlySet<string> = new Set([
  ...['authorization', 'api-key', 'x-api-key', 'proxy-authorization'],
  ...['content-type', 'content-length', 'content-encoding', 'transfer-encoding', 'trailer'],
  ...['connection', 'host', 'expect', 'upgrade', 'keep-alive'],
  // Answers would come packed, in part, or in another form.
  ...['accept', 'accept-encoding', 'te', 'range'],
]);

function urlProblem(url: URL | undefined): string | undefined {
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return 'must be a URL such as http://gpu-1:8000/v1';
  }
  if (url.username !== '' || url.password !== '') return 'must hold no user name and password; use apiKeyEnv';
  return url.search === '' && url.hash === '' ? undefined : 'must end with its path, without ? and #';
}
