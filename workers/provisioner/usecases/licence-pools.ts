import { sha256Hex } from '#shared/crypto/bytes.ts';
import type { BurntKeys, KeyUpload, LicencePool } from '#shared/contracts/http/licence-pools.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { POOL_EMPTY, POOL_HELD, POOLS_MAX, poolKeyPlace } from '../connectors/licence-pool.ts';
import { OPERATIONS } from '../connectors/operations.ts';
import type { Ports } from '../ports.ts';
import type { NewPoolKey } from '../queries/licence-pools.ts';
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
  return pools.map((pool) => {
    const { handle, title, lowAt, afterUndo } = pool;
    const { free = 0, taken = 0, burnt = 0 } = counts.find((each) => each.pool === handle) ?? {};
    const heldAt = pool.heldAt === null ? null : rfc3339(pool.heldAt);
    return {
      handle,
      title,
      lowAt,
      afterUndo,
      free,
      taken,
      burnt,
      heldAt,
      updatedAt: rfc3339(pool.updatedAt),
    };
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
  const stays = known.find((pool) => pool.handle === handle) ?? { free: 0, taken: 0, burnt: 0, heldAt: null };
  return ok({ ...stays, handle, title, lowAt, afterUndo, updatedAt: rfc3339(updatedAt) });
}

/**
 * Adds the keys of a body, one a line, as it comes; a repeat adds none. What was stored before a fault stays: the same file
 * again adds the rest. Lines that waited for keys go on.
 */
export async function addKeys(
  ports: Ports,
  handle: string,
  body: ReadableStream<Uint8Array> | null,
  by: By,
): Promise<Result<KeyUpload, PoolError>> {
  const { licencePools } = ports.registry;
  const pool = await licencePools.get(handle);
  if (pool === null) return fail('unknown_pool');
  const now = ports.clock.now();
  const stored = await storeKeys(ports, body, (rows) => licencePools.add(handle, rows, now));
  if (!stored.ok) return stored;
  const { seen, written: added } = stored.value;
  const free = await licencePools.uploaded(handle);
  if (added > 0 && pool.heldAt === null) await goOn(ports, { pool: handle, free, codes: [POOL_EMPTY] }, by);
  return ok({ added, known: seen - added, free });
}

/**
 * Keys of a body, one a line, that are never handed out from now on, though they look free or come with a later upload. What
 * was stored before a fault stays: the same file again burns the rest.
 */
export async function burnKeys(
  ports: Ports,
  handle: string,
  body: ReadableStream<Uint8Array> | null,
  { userId, requestId }: By,
): Promise<Result<BurntKeys, PoolError>> {
  const { licencePools } = ports.registry;
  if ((await licencePools.get(handle)) === null) return fail('unknown_pool');
  const now = ports.clock.now();
  const stored = await storeKeys(ports, body, (rows) => licencePools.burn(handle, rows, now));
  if (!stored.ok) return stored;
  const { seen, written: burnt } = stored.value;
  log.info('licence keys burnt', { requestId, pool: handle, burnt, by: userId });
  const free = (await poolView(ports, handle))?.free ?? 0;
  return ok({ burnt, left: seen - burnt, free });
}

/** It hands out nothing until it is released. Safe to repeat. */
export const holdPool = (ports: Ports, handle: string, by: By): Promise<Result<LicencePool, PoolError>> =>
  turned(ports, handle, async () => {
    await ports.registry.licencePools.hold(handle, ports.clock.now());
    log.info('licence pool held', { requestId: by.requestId, pool: handle, by: by.userId });
  });

/** It hands out keys again, and lines that waited go on. Safe to repeat: whoever waits still is woken again. */
export const releasePool = (ports: Ports, handle: string, by: By): Promise<Result<LicencePool, PoolError>> =>
  turned(ports, handle, async () => {
    await ports.registry.licencePools.release(handle);
    log.info('licence pool released', { requestId: by.requestId, pool: handle, by: by.userId });
    const free = (await poolView(ports, handle))?.free ?? 0;
    await goOn(ports, { pool: handle, free, codes: [POOL_HELD, POOL_EMPTY] }, by);
  });

interface By {
  userId: string;
  requestId: string;
}

async function turned(
  ports: Ports,
  handle: string,
  turn: () => Promise<void>,
): Promise<Result<LicencePool, PoolError>> {
  if ((await ports.registry.licencePools.get(handle)) === null) return fail('unknown_pool');
  await turn();
  const view = await poolView(ports, handle);
  return view === undefined ? fail('unknown_pool') : ok(view);
}

const poolView = async (ports: Ports, handle: string): Promise<LicencePool | undefined> =>
  (await listPools(ports)).find((pool) => pool.handle === handle);

/** Seals keys as they come, and has so many at once written. Answers with how many it saw, and how many were written. */
async function storeKeys(
  ports: Ports,
  body: ReadableStream<Uint8Array> | null,
  write: (rows: NewPoolKey[]) => Promise<number>,
): Promise<Result<{ seen: number; written: number }, PoolError>> {
  let written = 0;
  let seen = 0;
  try {
    for await (const keys of inChunks(linesOf(body))) {
      const rows = await Promise.all(
        // One statement meets each key once.
        [...new Set(keys)].map(async (key) => {
          const fingerprint = sha256Hex(key);
          return { fingerprint, sealedKey: await ports.sealer.seal(key, poolKeyPlace(fingerprint)) };
        }),
      );
      seen += keys.length;
      written += await write(rows);
    }
  } catch (error) {
    if (error instanceof UploadFault) return fail(error.code);
    throw error;
  }
  return ok({ seen, written });
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
  { pool, free, codes }: { pool: string; free: number; codes: readonly string[] },
  { userId, requestId }: By,
): Promise<void> {
  let left = free;
  let woken = 0;
  for (const code of codes) {
    for await (const task of waitingBy(ports, code)) {
      const wanted = await wantedBy(ports, task);
      // What waited for the release looks again in any case: it then asks for keys.
      if (wanted?.pool !== pool || (wanted.quantity > left && code !== POOL_HELD)) continue;
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
  }
}

async function* waitingBy(ports: Ports, code: string): AsyncGenerator<TaskRow> {
  for (let after = '', page = 0; page < PAGES_MAX; page += 1) {
    const waiting = await listTasks(ports, { state: 'open', code, after, limit: TASKS_A_PAGE });
    yield* waiting;
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
