/** Byte range of a file: from `offset`, or the last `suffix` bytes. */
export type ByteRange = { offset: number; length?: number } | { suffix: number };

export interface StoredFile {
  bytes: number;
  /** Strong validator, quoted (RFC 9110 §8.8.3). */
  etag: string;
  contentType: string;
}
export interface FileContent extends StoredFile {
  body: ReadableStream;
  /** What `body` holds of the file; null: all of it. */
  part: { offset: number; length: number } | null;
}

export interface Files {
  /** Null when there is no such file. */
  stat(key: string): Promise<StoredFile | null>;
  read(
    key: string,
    range: ByteRange | null,
  ): Promise<FileContent | { missing: true } | { unsatisfiable: StoredFile }>;
  /** Streams a body of a known length; the file appears only when all of it has arrived. */
  /** Keeps the file as it is now beside whatever replaces it; the same content is kept once. Its key; null: no such file. */
  keep(key: string): Promise<string | null>;
  write(key: string, body: ReadableStream, file: { bytes: number; contentType: string }): Promise<StoredFile>;
}

/** Keys of versions that somebody bought for good begin so; staff writes nothing there. */
const KEPT_VERSIONS = '.versions/';

/** Files in R2 (https://developers.cloudflare.com/r2/api/workers/workers-api-reference/). */
export function r2Files(bucket: R2Bucket): Files {
  const facts = (object: R2Object): StoredFile => ({
    bytes: object.size,
    etag: object.httpEtag,
    contentType: object.httpMetadata?.contentType ?? 'application/octet-stream',
  });
  return {
    async stat(key) {
      const object = await bucket.head(key);
      return object === null ? null : facts(object);
    },
    async read(key, range) {
      let object: R2ObjectBody | null;
      try {
        object = await bucket.get(key, range === null ? {} : { range });
      } catch (error) {
        // R2 throws for a range outside the file (10039); another failure must stay one.
        const known = range === null ? null : await bucket.head(key);
        if (range === null || known === null || isSatisfiable(range, known.size)) throw error;
        return { unsatisfiable: facts(known) };
      }
      if (object === null) return { missing: true };
      return {
        ...facts(object),
        body: object.body,
        part: range === null ? null : partOf(range, object.size),
      };
    },
    async keep(key) {
      const object = await bucket.get(key);
      if (object === null) return null;
      const kept = `${KEPT_VERSIONS}${key}/${object.etag}`;
      if ((await bucket.head(kept)) === null) {
        const { httpMetadata = {}, size, body } = object;
        await copy(kept, body, size, httpMetadata);
      } else await object.body.cancel();
      return kept;
    },
    write: (key, body, file) => copy(key, body, file.bytes, { contentType: file.contentType }).then(facts),
  };

  async function copy(key: string, body: ReadableStream, bytes: number, httpMetadata: R2HTTPMetadata) {
    const sized = new FixedLengthStream(bytes);
    const piped = body.pipeTo(sized.writable);
    const [object] = await Promise.all([bucket.put(key, sized.readable, { httpMetadata }), piped]);
    return object;
  }
}

/** Whether any byte of a file of `size` bytes lies in the range (RFC 9110 §14.1.2). Pure. */
export const isSatisfiable = (range: ByteRange, size: number): boolean =>
  'suffix' in range ? range.suffix > 0 && size > 0 : range.offset < size;

/** The bytes a satisfiable range names in a file of `size` bytes (RFC 9110 §14.1.2). Pure. */
export function partOf(range: ByteRange, size: number): { offset: number; length: number } {
  if ('suffix' in range) {
    const length = Math.min(range.suffix, size);
    return { offset: size - length, length };
  }
  return { offset: range.offset, length: Math.min(range.length ?? Infinity, size - range.offset) };
}
