import { sha256Hex } from '#shared/crypto/bytes.ts';
import type { KeyUpload, LicencePool } from '#shared/contracts/http/licence-pools.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { POOL_EMPTY, POOLS_MAX, poolKeyPlace } from '../connectors/licence-pool.ts';
import { OPERATIONS } from '../connectors/operations.ts';
import type { Ports } from '../ports.ts';
import type { TaskRow } from '../queries/tasks.ts';
import { payloadPlace } from '../workflows/task-places.ts';
import { decideTask, listTasks } from './tasks.ts';

export type PoolError =
  | 'unknown_pool'
  | 'too_many_pools'
  | 'keys_too_large'
  | 'key_too_long'
  | 'keys_unreadable';

/** 10 MB of keys in one upload. */
export const KEYS_BYTES_MAX = 10 * 1_000_000;
export const KEY_LENGTH_MAX = 1_000;
/** Keys a statement stores at once. */
const CHUNK = 500;
/** Lines that are woken by an upload at once; the next upload, or a person, wakes the others. */
const WOKEN_MAX = 100;
/** Lines that an upload looks at to find those: as many wait for other pools. */
const TASKS_A_PAGE = 100;
const PAGES_MAX = 20;

export async function listPools(ports: Ports): Promise<LicencePool[]> {
  const { pools, counts } = await ports.registry.licencePools.list(POOLS_MAX);
  return pools.map(({ handle, title, lowAt, afterUndo, updatedAt }) => {
    const { free = 0, taken = 0, burnt = 0 } = counts.find(({ pool }) => pool === handle) ?? {};
    return { handle, title, lowAt, afterUndo, free, taken, burnt, updatedAt: rfc3339(updatedAt) };
  });
}

export async function putPool(
  ports: Ports,
  handle: string,
  stated: Pick<LicencePool, 'title' | 'lowAt' | 'afterUndo'> & { by: string },
): Promise<Result<LicencePool, PoolError>> {
  const { licencePools } = ports.registry;
  const known = await listPools(ports);
  if (known.length >= POOLS_MAX && !known.some((pool) => pool.handle === handle))
    return fail('too_many_pools');
  const { title, lowAt, afterUndo, by: writtenBy } = stated;
  const updatedAt = ports.clock.now();
  await licencePools.put({ handle, title, lowAt, afterUndo, writtenBy, updatedAt });
  const counts = known.find((pool) => pool.handle === handle) ?? { free: 0, taken: 0, burnt: 0 };
  const { free, taken, burnt } = counts;
  return ok({ handle, title, lowAt, afterUndo, free, taken, burnt, updatedAt: rfc3339(updatedAt) });
}

/**
 * Adds the keys of a body, one a line, as it comes; a repeat adds none. What was stored before a fault stays: the same file
 * again adds the rest. Lines that waited for keys go on.
 */
export async function addKeys(
  ports: Ports,
  handle: string,
  body: ReadableStream<Uint8Array> | null,
  by: { userId: string; requestId: string },
): Promise<Result<KeyUpload, PoolError>> {
  const { licencePools } = ports.registry;
  if ((await licencePools.get(handle)) === null) return fail('unknown_pool');
  const now = ports.clock.now();
  let added = 0;
  let seen = 0;
  try {
    for await (const keys of inChunks(linesOf(body))) {
      const rows = await Promise.all(
        keys.map(async (key) => {
          const fingerprint = sha256Hex(key);
          return { fingerprint, sealedKey: await ports.sealer.seal(key, poolKeyPlace(fingerprint)) };
        }),
      );
      seen += keys.length;
      added += await licencePools.add(handle, rows, now);
    }
  } catch (error) {
    if (error instanceof UploadFault) return fail(error.code);
    throw error;
  }
  const free = await licencePools.uploaded(handle);
  if (added > 0) await goOn(ports, { pool: handle, free }, by);
  return ok({ added, known: seen - added, free });
}

class UploadFault extends Error {
  readonly code: Extract<PoolError, 'keys_too_large' | 'key_too_long' | 'keys_unreadable'>;
  constructor(code: UploadFault['code']) {
    super(code);
    this.code = code;
  }
}

async function* linesOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string> {
  if (body === null) return;
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  const read = (chunk?: Uint8Array): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new UploadFault('keys_unreadable');
    }
  };
  let rest = '';
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > KEYS_BYTES_MAX) throw new UploadFault('keys_too_large');
    const lines = (rest + read(chunk)).split(/\r\n|\r|\n/);
    rest = lines.pop() ?? '';
    if (rest.length > KEY_LENGTH_MAX) throw new UploadFault('key_too_long');
    yield* lines.flatMap(trimmed);
  }
  yield* trimmed(rest + read());
}

function trimmed(line: string): string[] {
  const key = line.trim();
  if (key.length > KEY_LENGTH_MAX) throw new UploadFault('key_too_long');
  return key === '' ? [] : [key];
}

async function* inChunks(keys: AsyncGenerator<string>): AsyncGenerator<string[]> {
  let chunk: string[] = [];
  for await (const key of keys) {
    chunk.push(key);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/**
 * Answers the questions of lines that wait for keys of this pool, as far as there are enough: each looks again. Others are
 * left alone, since a line may ask so often and then fails.
 */
async function goOn(
  ports: Ports,
  { pool, free }: { pool: string; free: number },
  { userId, requestId }: { userId: string; requestId: string },
): Promise<void> {
  let left = free;
  let woken = 0;
  for (let after = '', page = 0; page < PAGES_MAX; page += 1) {
    const waiting = await listTasks(ports, { state: 'open', code: POOL_EMPTY, after, limit: TASKS_A_PAGE });
    for (const task of waiting) {
      const wanted = await wantedBy(ports, task);
      if (wanted?.pool !== pool || wanted.quantity > left) continue;
      if (woken === WOKEN_MAX) return;
      const decided = await decideTask(ports, task.id, {
        input: { decision: 'answer', result: {} },
        key: `keys/${requestId}`,
        by: userId,
        requestId,
      });
      if (!decided.ok)
        log.info('a line that waited for keys goes on by itself', { requestId, task: task.id });
      left -= wanted.quantity;
      woken += 1;
    }
    after = waiting.at(-1)?.id ?? '';
    if (waiting.length < TASKS_A_PAGE) return;
  }
}

/** What a line that waits asked its pool for; null: that cannot be told any more. */
async function wantedBy(ports: Ports, { id, sealedPayload }: TaskRow) {
  if (sealedPayload === null) return null;
  const input = OPERATIONS['licence-pool.take'].input.safeParse(
    await ports.sealer.open(sealedPayload, payloadPlace(id)),
  );
  return input.success ? input.data : null;
}
