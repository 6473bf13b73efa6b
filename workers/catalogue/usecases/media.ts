import { createHash } from 'node:crypto';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { mediaName, PICTURE_TYPES, type Picture, pictureOf } from '../domain/picture.ts';
import type { Ports } from '../ports.ts';

/** Of one picture; what is larger belongs to no page of a shop. */
export const PICTURE_BYTES_MAX = 8 * 1024 * 1024;

export interface StoredPicture extends Picture {
  hash: string;
  name: string;
  bytes: number;
}

/** Stores a picture under the hash of its bytes. Safe to repeat: the same bytes are the same picture. */
export async function storePicture(
  ports: Pick<Ports, 'catalogue' | 'media' | 'clock'>,
  bytes: Uint8Array,
  createdBy: string,
): Promise<Result<StoredPicture, 'not_a_picture' | 'being_deleted'>> {
  const picture = pictureOf(bytes);
  if (picture === null) return fail('not_a_picture');
  const hash = createHash('sha256').update(bytes).digest('hex');
  const contentType = PICTURE_TYPES[picture.kind];
  const { width, height } = picture;
  const record = { hash, contentType, bytes: bytes.byteLength, width, height, createdBy };
  // The record first: from then on nobody takes its object for left over.
  if (!(await ports.catalogue.keepMedia(record, ports.clock.now()))) return fail('being_deleted');
  const name = mediaName(hash, picture);
  await ports.media.put(name, bytes, { httpMetadata: { contentType } });
  return ok({ ...picture, hash, name, bytes: bytes.byteLength });
}

/** Deletes pictures that nothing shows any more. Answers how many. */
export async function sweepMedia(ports: Pick<Ports, 'catalogue' | 'media' | 'clock'>): Promise<number> {
  const orphans = await ports.catalogue.markOrphans(ports.clock.now());
  if (orphans.length === 0) return 0;
  const kinds = Object.entries(PICTURE_TYPES);
  await ports.media.delete(
    orphans.map(({ hash, width, height, contentType }) => {
      const kind = kinds.find(([, type]) => type === contentType)?.[0] ?? 'png';
      return `${hash}-${width}x${height}.${kind}`;
    }),
  );
  await ports.catalogue.forgetMedia(orphans.map(({ hash }) => hash));
  return orphans.length;
}
