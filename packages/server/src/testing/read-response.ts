import type { ApiErrorBody } from '../http/api-error.js';

/** The JSON of a response, in the shape that the test expects of it. */
export async function jsonOf<T>(response: Response): Promise<T> {
  return (await response.json()) as T;
}

/** The error of a response, which has to have exactly the four fields of the API. */
export async function errorOf(response: Response): Promise<ApiErrorBody> {
  const body = await jsonOf<{ error: ApiErrorBody }>(response);
  const fields = Object.keys(body.error).sort().join();
  if (Object.keys(body).join() !== 'error' || fields !== 'code,message,param,type') {
    throw new Error(`not an error of the API: ${JSON.stringify(body)}`);
  }
  return body.error;
}
