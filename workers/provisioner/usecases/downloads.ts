import { fail, ok, type Result } from '#shared/domain/result.ts';
import { MINUTE_MS, rfc3339 } from '#shared/time/time.ts';
import type { ByteRange, FileContent, Files } from '../adapters/files.ts';
import type { Ports } from '../ports.ts';

/** Time to begin a download, and to resume it. */
export const LINK_TTL_MS = 15 * MINUTE_MS;

export type { FileContent };
export type LinkError =
  | 'unknown_instance'
  | 'not_active'
  | 'suspended'
  | 'not_a_download'
  | 'no_downloads_left';

/**
 * A signed link to the customer's file. It spends one download when it is made; until it expires it can be followed any
 * number of times, so an interrupted download resumes without costing another. The same idempotency key gives the same
 * link for as long as it lives.
 */
export async function makeLink(
  ports: Ports,
  customerId: string,
  instanceId: string,
  idempotencyKey: string | null,
): Promise<Result<{ url: string; expiresAt: string; replayed: boolean }, LinkError>> {
  const store = ports.stores.ofCustomer(customerId);
  const now = ports.clock.now();
  const row = await store.instances.getWithDownload(instanceId);
  if (row === null || row.instance.customerId !== customerId) return fail('unknown_instance');
  if (row.instance.kind !== 'download') return fail('not_a_download');
  if (row.instance.state === 'suspended' || hasEnded(row.instance, now)) return fail('suspended');
  if (row.instance.state !== 'active') return fail('not_active');
  const id = crypto.randomUUID();
  const link = await store.downloads.spend({
    id,
    instanceId,
    idempotencyKey: idempotencyKey ?? id,
    now,
    expiresAt: now + LINK_TTL_MS,
  });
  if (link === null) return fail('no_downloads_left');
  const token = await ports.tokens.sign({ instanceId, linkId: link.id, expiresAt: link.expiresAt });
  return ok({
    url: `${ports.publicOrigin}/v1/downloads/${token}`,
    expiresAt: rfc3339(link.expiresAt),
    replayed: link.id !== id,
  });
}

/** Its term is over: the sweeper has still to suspend it. */
const hasEnded = ({ endsAt }: { endsAt: number | null }, now: number): boolean =>
  endsAt !== null && endsAt <= now;

export type DownloadError =
  | 'forged_link'
  | 'expired_link'
  | 'withdrawn'
  | 'suspended'
  | 'missing_file'
  | { code: 'unsatisfiable_range'; bytes: number };

/** The file behind a link, or the part of it asked for. `ifRange` turns the range off when the file has changed. */
export async function followLink(
  ports: Ports,
  token: string,
  asked: { range: ByteRange | null; ifRange: string | null },
): Promise<Result<{ content: FileContent; fileName: string }, DownloadError>> {
  const claims = await ports.tokens.verify(token);
  if (claims === null) return fail('forged_link');
  const now = ports.clock.now();
  if (claims.expiresAt <= now) return fail('expired_link');
  const { instanceId, linkId } = claims;
  const behind = await ports.stores.ofInstance(instanceId).downloads.behind(instanceId, linkId);
  if (behind?.state === 'suspended') return fail('suspended');
  if (behind === null || behind.state !== 'active' || behind.download.closedAt !== null) {
    return fail('withdrawn');
  }
  if (hasEnded(behind, now)) return fail('suspended');
  const { objectKey, fileName } = behind.download;
  const content = await readFile(ports, objectKey, asked);
  if ('missing' in content) return fail('missing_file');
  if ('unsatisfiable' in content) {
    return fail({ code: 'unsatisfiable_range', bytes: content.unsatisfiable.bytes });
  }
  return ok({ content, fileName });
}

async function readFile(
  ports: Ports,
  objectKey: string,
  { range, ifRange }: { range: ByteRange | null; ifRange: string | null },
): ReturnType<Files['read']> {
  const part = await ports.files.read(objectKey, range);
  if (range === null || ifRange === null || 'missing' in part) return part;
  const { etag } = 'unsatisfiable' in part ? part.unsatisfiable : part;
  if (etag === ifRange) return part;
  if ('body' in part) await part.body.cancel();
  return ports.files.read(objectKey, null);
}
