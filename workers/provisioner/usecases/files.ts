import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { StoredFile } from '../adapters/files.ts';
import type { Ports } from '../ports.ts';

/** 100 MB: what a request body may hold on the smallest plan of the platform. */
export const FILE_BYTES_MAX = 100 * 1_000_000;
/** RFC 9110 §8.3.1, without the odd cases. */
const CONTENT_TYPE = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}(;.{0,200})?$/;

export type FileError = 'file_too_large' | 'length_required' | 'content_type_required' | 'file_incomplete';

export interface Upload {
  body: ReadableStream | null;
  contentLength: string | null;
  contentType: string | null;
}

/** Streams a file into the bucket under `key`, replacing one that is there; it appears whole or not at all. */
export async function putFile(
  ports: Ports,
  key: string,
  upload: Upload,
): Promise<Result<StoredFile, FileError>> {
  const bytes = /^\d{1,15}$/.test(upload.contentLength ?? '') ? Number(upload.contentLength) : null;
  if (bytes === null || bytes === 0 || upload.body === null) return fail('length_required');
  if (bytes > FILE_BYTES_MAX) return fail('file_too_large');
  if (upload.contentType === null || !CONTENT_TYPE.test(upload.contentType)) {
    return fail('content_type_required');
  }
  try {
    return ok(await ports.files.write(key, upload.body, { bytes, contentType: upload.contentType }));
  } catch (error) {
    if (error instanceof TypeError) return fail('file_incomplete');
    throw error;
  }
}
