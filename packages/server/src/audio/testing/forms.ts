import { type OwnConnection, ownConnection } from '../../testing/own-connection.js';

/** A value of a field; bytes are a file. */
export type FieldValue = string | Uint8Array<ArrayBuffer>;

export function formOf(fields: readonly (readonly [name: string, value: FieldValue, fileName?: string])[]): FormData {
  const form = new FormData();
  for (const [name, value, fileName = 'speech.wav'] of fields) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new Blob([value]), fileName);
  }
  return form;
}

/** POSTs a form. */
export function postForm(url: string, path: string, form: Parameters<typeof formOf>[0] | FormData): Promise<Response> {
  return fetch(`${url}${path}`, { method: 'POST', body: form instanceof FormData ? form : formOf(form) });
}

/** POSTs a form by a connection of its own. */
export async function postFormAlone(
  url: string,
  path: string,
  form: Parameters<typeof formOf>[0],
): Promise<OwnConnection> {
  const encoded = new Response(formOf(form));
  const type = encoded.headers.get('content-type') ?? '';
  return ownConnection(url, path, type, new Uint8Array(await encoded.arrayBuffer()));
}
