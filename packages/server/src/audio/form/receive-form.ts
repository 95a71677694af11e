import { open, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { MultipartValue } from '@fastify/multipart';
import { errorCodes, type FastifyReply, type FastifyRequest } from 'fastify';
import { badRequest } from '../../http/api-error.js';
import type { ServerContext } from '../../server-context.js';
import { asFormError, fieldsSize, formLimits } from './form-error.js';
import { FormFields, type FormShape } from './form-fields.js';

/**
 * Before a route's body is checked: reads the form, so that the body is an object of its fields, whose `file` is the path
 * of a file of the server's own. Fields may come before and after the file. The file is there until the response is closed.
 */
export function receiveForm({ uploads, signals, settings }: ServerContext, shape: FormShape) {
  const fileSize = settings.limits.audioBytes;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (!request.isMultipart()) throw new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE();
    if (Number(request.headers['content-length']) > fileSize + besideFile) throw tooLarge(request);
    const signal = signals.of(reply);
    let path: string | undefined;
    const remove = async () => {
      if (path !== undefined)
        await rm(path, { force: true }).catch((err: unknown) => request.log.error({ err }, 'upload not deleted'));
    };
    try {
      path = await uploads.newFile();
      request.body = await readForm(request, path, shape, signal);
    } catch (cause) {
      // What comes is read to its end, and dropped: clients look for the answer only then.
      request.raw.unpipe();
      request.raw.resume();
      await remove();
      const error = asFormError(cause, signal);
      if (error !== cause) request.log.info({ err: cause }, 'form not received');
      throw error;
    }
    if (reply.raw.destroyed) await remove();
    else reply.raw.once('close', remove);
  };
}

async function readForm(
  request: FastifyRequest,
  path: string,
  shape: FormShape,
  signal: AbortSignal,
): Promise<unknown> {
  const fields = new FormFields(shape);
  let fieldBytes = 0;
  for await (const part of request.parts()) {
    const { fieldname } = part;
    if (fieldname.length > longestName)
      throw badRequest(null, `A field of the form has a name of ${fieldname.length} characters; none here has.`);
    if (part.type === 'field') {
      fieldBytes += sizeOf(part);
      if (fieldBytes > fieldsSize)
        throw badRequest(
          fieldname,
          `With \`${fieldname}\`, the fields of the form are longer than ${fieldsSize} bytes.`,
        );
      addField(fields, part);
      continue;
    }
    if (fieldname !== 'file')
      throw badRequest(fieldname, `There is a file in the field \`${fieldname}\`. Files go into the field \`file\`.`);
    const stored = await open(path, 'wx', 0o600);
    await pipeline(part.file, stored.createWriteStream(), { signal });
    if (part.file.truncated) throw tooLarge(request);
    if (part.file.bytesRead === 0) throw badRequest('file', 'The file is empty.');
    fields.add('file', path);
  }
  return fields.toObject();
}

function addField(fields: FormFields, { fieldname, value, valueTruncated }: MultipartValue): void {
  // Only a path of ours is ever opened.
  if (fieldname === 'file')
    throw badRequest(
      'file',
      '`file` has no file name, so it is not a file. Send it as one, e.g. curl -F file=@speech.mp3.',
    );
  if (valueTruncated) throw badRequest(fieldname, `\`${fieldname}\` is longer than ${formLimits.fieldSize} bytes.`);
  fields.add(fieldname, value);
}

/** In bytes. A part that says that it is JSON comes parsed. */
function sizeOf({ fieldname, value }: MultipartValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch {
    throw badRequest(fieldname, `\`${fieldname}\` is JSON that is too deep.`);
  }
}

function tooLarge({ server }: FastifyRequest): Error {
  return new server.multipartErrors.RequestFileTooLargeError();
}

/** In bytes: the fields, and the heads of the parts, of which the parser reads up to 80 KiB each. */
const besideFile = fieldsSize + formLimits.parts * 80 * 2 ** 10;

/** In characters; longer ones are of no field, and would fill the error. */
const longestName = 100;
