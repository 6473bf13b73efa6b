import { createHash } from 'node:crypto';
import { FILE_PART_BYTES } from '../limits.ts';

export interface StoredFile {
  bytes: number;
  sha256: string;
}

/** The file became larger than was allowed; nothing of it is kept. */
export class FileTooLarge extends Error {
  override name = 'FileTooLarge';
}

/** Files of jobs in their bucket. */
export const jobFiles = (bucket: R2Bucket) => ({
  /** Takes a file as it comes, in parts; it appears whole or not at all. Throws `FileTooLarge`. */
  async write(key: string, chunks: AsyncIterable<Uint8Array>, bytesMax: number): Promise<StoredFile> {
    const hash = createHash('sha256');
    const parts = new PartWriter(bucket, key);
    let bytes = 0;
    try {
      for await (const chunk of chunks) {
        bytes += chunk.byteLength;
        if (bytes > bytesMax) throw new FileTooLarge();
        hash.update(chunk);
        await parts.add(chunk);
      }
      await parts.finish();
    } catch (error) {
      await parts.abort();
      throw error;
    }
    return { bytes, sha256: hash.digest('hex') };
  },

  /** Up to `length` bytes from `offset`. Throws when the file is gone. */
  async read(key: string, offset: number, length: number): Promise<Uint8Array> {
    const found = await bucket.get(key, { range: { offset, length } });
    if (found === null) throw new Error(`the file ${key} is gone`);
    return new Uint8Array(await found.arrayBuffer());
  },

  /** A part of a file that is written part by part under a prefix. */
  async putPart(prefix: string, name: string, bytes: Uint8Array): Promise<void> {
    await bucket.put(`${prefix}${name}`, bytes);
  },

  /** Such a file as it is read, a part at a time. A part that is gone breaks it off. */
  streamParts(prefix: string, names: readonly string[]): ReadableStream<Uint8Array> {
    let next = 0;
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        const name = names[next];
        if (name === undefined) {
          controller.close();
          return;
        }
        const part = await bucket.get(`${prefix}${name}`);
        if (part === null) throw new Error(`a part of ${prefix} is gone`);
        next += 1;
        controller.enqueue(new Uint8Array(await part.arrayBuffer()));
      },
    });
  },

  /** A file, or all parts under a prefix (which ends with a slash). */
  async remove(key: string): Promise<void> {
    if (!key.endsWith('/')) return bucket.delete(key);
    for (;;) {
      const { objects, truncated } = await bucket.list({ prefix: key });
      if (objects.length > 0) await bucket.delete(objects.map((object) => object.key));
      if (!truncated) return;
    }
  },
});
export type JobFiles = ReturnType<typeof jobFiles>;

/** Gathers what comes into parts of equal size; never holds more than one. */
class PartWriter {
  readonly #bucket: R2Bucket;
  readonly #key: string;
  readonly #part = new Uint8Array(FILE_PART_BYTES);
  #filled = 0;
  #upload: R2MultipartUpload | null = null;
  readonly #uploaded: R2UploadedPart[] = [];

  constructor(bucket: R2Bucket, key: string) {
    this.#bucket = bucket;
    this.#key = key;
  }

  async add(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength;) {
      const taken = chunk.subarray(at, at + FILE_PART_BYTES - this.#filled);
      this.#part.set(taken, this.#filled);
      this.#filled += taken.byteLength;
      at += taken.byteLength;
      if (this.#filled === FILE_PART_BYTES) await this.#send();
    }
  }

  async finish(): Promise<void> {
    if (this.#upload === null) {
      await this.#bucket.put(this.#key, this.#part.slice(0, this.#filled));
      return;
    }
    if (this.#filled > 0) await this.#send();
    await this.#upload.complete(this.#uploaded);
  }

  async abort(): Promise<void> {
    await this.#upload?.abort().catch(() => undefined);
  }

  async #send(): Promise<void> {
    this.#upload ??= await this.#bucket.createMultipartUpload(this.#key);
    const number = this.#uploaded.length + 1;
    this.#uploaded.push(await this.#upload.uploadPart(number, this.#part.slice(0, this.#filled)));
    this.#filled = 0;
  }
}
