import { fetchKeyRing, type KeyBinding } from '#shared/crypto/key-source.ts';
import { pack, unpack } from '#shared/backup/pack.ts';

export interface CopyItem {
  section: string;
  data: unknown;
}

interface Place {
  accountId: string;
  id: string;
}
const DELETED_AT_ONCE = 1_000;
const partOf = ({ accountId, id }: Place, number: number): string =>
  `${accountId}/${id}/${String(number).padStart(6, '0')}`;

/**
 * Copies of persons' data in the bucket: `<account>/<request>/<part>`, each part sealed as a page of a backup is, under the
 * backups' key. A part written twice is the same part.
 */
export function copyShelf(bucket: R2Bucket, key: KeyBinding) {
  const ring = () => fetchKeyRing('BACKUP_KEY', key);
  const drop = async (prefix: string): Promise<void> => {
    for (;;) {
      const { objects } = await bucket.list({ prefix, limit: DELETED_AT_ONCE });
      if (objects.length === 0) return;
      await bucket.delete(objects.map((object) => object.key));
    }
  };
  return {
    /** `number` counts from 1. */
    async write(place: Place, number: number, items: readonly CopyItem[]): Promise<void> {
      const name = partOf(place, number);
      await bucket.put(name, await pack(await ring(), items, name));
    },

    /** Throws when the part is missing or was changed. */
    async read(place: Place, number: number): Promise<CopyItem[]> {
      const name = partOf(place, number);
      const object = await bucket.get(name);
      if (object === null) throw new Error(`part ${name} is missing`);
      const bytes = new Uint8Array(await object.arrayBuffer());
      return (await unpack(await ring(), bytes, name)) as CopyItem[];
    },

    drop: ({ accountId, id }: Place): Promise<void> => drop(`${accountId}/${id}/`),
    dropAllOf: (accountId: string): Promise<void> => drop(`${accountId}/`),
  };
}
export type CopyShelf = ReturnType<typeof copyShelf>;

/** The copy as one JSON document, part by part: it may be larger than what a worker can hold. */
export function copyDocument(
  shelf: CopyShelf,
  copy: Place & { parts: number; generatedAt: string },
): ReadableStream<Uint8Array> {
  const { accountId, generatedAt, parts } = copy;
  const utf8 = new TextEncoder();
  let number = 0;
  let isFirst = true;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const head = JSON.stringify({ format: 1, accountId, generatedAt });
      controller.enqueue(utf8.encode(`${head.slice(0, -1)},"items":[`));
    },
    async pull(controller) {
      if (number === parts) {
        controller.enqueue(utf8.encode(']}\n'));
        controller.close();
        return;
      }
      number += 1;
      const items = await shelf.read(copy, number);
      const text = items.map((item) => JSON.stringify(item)).join(',\n');
      controller.enqueue(utf8.encode(isFirst ? text : `,\n${text}`));
      isFirst = false;
    },
  });
}
