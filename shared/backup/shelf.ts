import { z } from 'zod';
import type { KeyRing } from '#shared/crypto/key-ring.ts';
import { pack, unpack } from './pack.ts';
import { databaseSchemaSchema } from './schema.ts';

const pageSchema = z.strictObject({
  name: z.string(),
  /** Whose rows; null: rows of any table that changed during the run. */
  table: z.string().nullable(),
  rows: z.int(),
  /** As stored. */
  bytes: z.int(),
  /** Of the bytes as stored, hexadecimal. */
  sha256: z.string(),
});
export type Page = z.infer<typeof pageSchema>;

export const manifestSchema = z.strictObject({
  format: z.literal(1),
  /** A database by its binding, or a kind of objects. */
  source: z.string(),
  id: z.string(),
  startedAt: z.iso.datetime(),
  /** The instant a database is kept as it was at; of objects, when the first was read. */
  takenAt: z.iso.datetime(),
  pages: z.array(pageSchema),
  /** Rows of each table at that instant; of objects, how many. */
  counts: z.record(z.string(), z.int()),
  /** Null: objects, which carry their own. */
  schema: databaseSchemaSchema.nullable(),
  sequences: z.record(z.string(), z.int()),
  /** Where the platform's Time Travel finds the same instant. */
  bookmark: z.string().nullable(),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** A complete backup of one source, as listed. */
export interface Listed {
  id: string;
  source: string;
  takenAt: string;
  rows: number;
  pages: number;
  /** As stored. */
  bytes: number;
}
const listedMetadataSchema = z.object({
  takenAt: z.iso.datetime(),
  rows: z.coerce.number(),
  pages: z.coerce.number(),
  bytes: z.coerce.number(),
});

const MANIFESTS = 'manifests/';
const DELETED_AT_ONCE = 1_000;

/** The bucket of backups: `pages/<source>/<id>/<page>`, `manifests/<source>/<id>` once all is there, `runs/<worker>`. */
export class Shelf {
  readonly #bucket: R2Bucket;
  readonly #ring: KeyRing;

  constructor(bucket: R2Bucket, ring: KeyRing) {
    this.#bucket = bucket;
    this.#ring = ring;
  }

  /** The name holds what is in it: a step that is done twice never changes a page that was noted. */
  async putPage(
    backup: { source: string; id: string; number: number },
    table: string | null,
    content: unknown[],
  ): Promise<Page> {
    const prefix = `${pagesOf(backup)}${String(backup.number).padStart(6, '0')}-`;
    const bytes = await pack(this.#ring, content, prefix);
    const sha256 = await digest(bytes);
    const name = `${prefix}${sha256.slice(0, 16)}`;
    await this.#bucket.put(name, bytes, { sha256 });
    return { name, table, rows: content.length, bytes: bytes.length, sha256 };
  }

  /** Throws when the page is missing or not what was stored. */
  async readPage(page: Page): Promise<unknown[]> {
    const object = await this.#bucket.get(page.name);
    if (object === null) throw new Error(`page ${page.name} is missing`);
    const bytes = new Uint8Array(await object.arrayBuffer());
    if ((await digest(bytes)) !== page.sha256) throw new Error(`page ${page.name} was changed`);
    const rows = z
      .array(z.unknown())
      .parse(await unpack(this.#ring, bytes, page.name.replace(/[0-9a-f]{16}$/, '')));
    if (rows.length !== page.rows) throw new Error(`page ${page.name} holds ${rows.length} rows`);
    return rows;
  }

  async putManifest(manifest: Manifest): Promise<void> {
    const sum = (of: (page: Page) => number): string =>
      String(manifest.pages.reduce((total, page) => total + of(page), 0));
    const name = manifestOf(manifest);
    await this.#bucket.put(name, await pack(this.#ring, manifest, name), {
      customMetadata: {
        takenAt: manifest.takenAt,
        rows: String(Object.values(manifest.counts).reduce((total, count) => total + count, 0)),
        pages: String(manifest.pages.length),
        bytes: sum((page) => page.bytes),
      },
    });
  }

  async readManifest(backup: { source: string; id: string }): Promise<Manifest | null> {
    const name = manifestOf(backup);
    const object = await this.#bucket.get(name);
    if (object === null) return null;
    const bytes = new Uint8Array(await object.arrayBuffer());
    return manifestSchema.parse(await unpack(this.#ring, bytes, name));
  }

  /** The complete backups of a source, oldest first. */
  async complete(source: string): Promise<Listed[]> {
    const prefix = `${MANIFESTS}${source}/`;
    const objects = await this.#all({ prefix, include: ['customMetadata'] });
    return objects.map(({ key, customMetadata }) => ({
      id: key.slice(prefix.length),
      source,
      ...listedMetadataSchema.parse(customMetadata),
    }));
  }

  /** The manifest goes first: what is listed is whole. */
  async delete(backup: { source: string; id: string }, how: 'backup' | 'pages'): Promise<void> {
    if (how === 'backup') await this.#bucket.delete(manifestOf(backup));
    const keys = (await this.#all({ prefix: pagesOf(backup) })).map(({ key }) => key);
    for (let from = 0; from < keys.length; from += DELETED_AT_ONCE) {
      await this.#bucket.delete(keys.slice(from, from + DELETED_AT_ONCE));
    }
  }

  /** What a worker's run has come to, with the mark that `saveRun` wants; null: none is under way. */
  async readRun(worker: string): Promise<{ run: unknown; etag: string } | null> {
    const name = runOf(worker);
    const object = await this.#bucket.get(name);
    if (object === null) return null;
    const bytes = new Uint8Array(await object.arrayBuffer());
    return { run: await unpack(this.#ring, bytes, name), etag: object.etag };
  }

  /** Null: somebody else has gone on with the run meanwhile, and nothing was saved. `etag` null: it is new. */
  async saveRun(worker: string, run: unknown, etag: string | null): Promise<string | null> {
    const name = runOf(worker);
    const onlyIf = etag === null ? { etagDoesNotMatch: '*' } : { etagMatches: etag };
    const saved: R2Object | null = await this.#bucket.put(name, await pack(this.#ring, run, name), {
      onlyIf,
    });
    return saved?.etag ?? null;
  }

  async endRun(worker: string): Promise<void> {
    await this.#bucket.delete(runOf(worker));
  }

  async #all(options: R2ListOptions): Promise<R2Object[]> {
    const objects: R2Object[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#bucket.list({ ...options, ...(cursor === undefined ? {} : { cursor }) });
      objects.push(...page.objects);
      cursor = page.truncated ? page.cursor : undefined;
    } while (cursor !== undefined);
    return objects;
  }
}

type Name = { source: string; id: string };
const pagesOf = ({ source, id }: Name): string => `pages/${source}/${id}/`;
const manifestOf = ({ source, id }: Name): string => `${MANIFESTS}${source}/${id}`;
const runOf = (worker: string): string => `runs/${worker}`;

const digest = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
