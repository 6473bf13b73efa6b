import { sha256Hex } from '#shared/crypto/bytes.ts';
import { ID_PREFIXES } from '#shared/ids/ids.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/time/time.ts';
import type { PartnerNews } from '../partner-news-schema.ts';
import { callbackVerifier } from '../adapters/webhooks.ts';
import { openSecret } from '../connectors/http-remote.ts';
import { readEnd } from '../connectors/remote-outcome.ts';
import { partnerRemote } from '../connectors/partner-remote.ts';
import { FOLLOW_EVERY_MS, openRequest } from '../connectors/remote.ts';
import { remoteOf } from '../connectors/remotes.ts';
import type { Ports } from '../ports.ts';
import type { OperationRow, Standing } from '../queries/operations.ts';
import { newsEventType } from '../workflows/params.ts';

export type NewsError = 'unknown_operation' | 'other_operation' | 'unreadable_result';

/** A call-back signed with the partner's secret: it tells of what was ordered from the partner, and of nothing else. */
export async function takePartnerNews(
  ports: Ports,
  id: string,
  news: PartnerNews,
  requestId: string,
): Promise<Result<{ late: OperationRow | null }, NewsError>> {
  const operation = await ports.stores.ofOperation(id).operations.get(id);
  if (operation === null || remoteOf(operation) !== partnerRemote) return fail('unknown_operation');
  return takeNews(ports, operation, news, requestId);
}

/**
 * A call-back: stored first, then the waiting Workflow is woken. Repeats change nothing and wake it again, in case the
 * first try broke off in between. What comes after undoing is removed by `removeLate`, named in the answer.
 */
export async function takeNews(
  ports: Ports,
  operation: OperationRow,
  news: PartnerNews,
  requestId: string,
): Promise<Result<{ late: OperationRow | null }, NewsError>> {
  const { id } = operation;
  const store = ports.stores.ofOperation(id);
  if (operation.partnerOperationId !== null && operation.partnerOperationId !== news.operationId) {
    return fail('other_operation');
  }
  if (news.state === 'in_progress') return ok({ late: null });
  const end = await readEnd(remoteOf(operation), ports, operation, news, true);
  if (end === null) return fail('unreadable_result');
  const standing = await store.operations.ended(id, end, ports.clock.now());
  if (standing === null) return fail('unknown_operation');
  const { operation: ended } = standing;
  if (ended.undoneAt !== null) return ok({ late: ended.checkAt === null ? null : ended });
  await wake(ports, standing, requestId);
  return ok({ late: null });
}

/** Only a hint: a Workflow that misses it asks at the end of its wait. */
async function wake(
  ports: Ports,
  { operation, workflowId, active }: Standing,
  requestId: string,
): Promise<void> {
  if (!active || operation.waitRound === 0) return;
  try {
    await ports.provisionings.wake(workflowId, newsEventType(operation.id, operation.waitRound));
  } catch (error) {
    log.warn('workflow not woken', { requestId, operationId: operation.id, error });
  }
}

/** Looks so often whether an undone operation has ended, then leaves it: the partner will hardly finish it now. */
const CHECKS_MAX = 48;
const CHECK_DELAY_MAX_MS = HOUR_MS;

/**
 * An operation undone while it ran may succeed later all the same: what such ones have made is removed again. One that made
 * something which is on its way is asked about until that has arrived.
 */
export async function checkOperations(ports: Ports, limit: number, requestId: string): Promise<number> {
  const operations = await ports.stores.gather((store) => store.operations.toCheck(ports.clock.now(), limit));
  await Promise.all(operations.map((operation) => removeLate(ports, operation, requestId)));
  return operations.length;
}

/** Removes what an undone operation made, or follows what another did; until it is over it is looked at again. Never throws. */
export async function removeLate(ports: Ports, operation: OperationRow, requestId: string): Promise<void> {
  const store = ports.stores.ofInstance(operation.instanceId);
  const now = ports.clock.now();
  const retires = operation.undoneAt === null && remoteOf(operation).retire !== undefined;
  const delay =
    operation.undoneAt === null && !retires
      ? FOLLOW_EVERY_MS
      : Math.min(CHECK_DELAY_MAX_MS, MINUTE_MS * 2 ** Math.min(operation.checks, 10));
  // What still can be used at a partner is never left to itself.
  const again = operation.checks >= CHECKS_MAX && !retires ? null : now + delay;
  try {
    const isOver = retires
      ? await retire(ports, operation)
      : await removeIfEnded(ports, operation, requestId);
    await store.operations.checked(operation.id, isOver ? null : again);
  } catch (error) {
    log.warn('late operation not removed', { requestId, operationId: operation.id, error });
    if (retires && operation.checks >= RETIRE_TOLD_AFTER) await tellUnretired(ports, operation, null);
    if (again === null && operation.undoneAt !== null) await tellLeftBehind(ports, operation, null);
    await store.operations.checked(operation.id, again);
  }
}

/** Staff hears of former credentials that a partner did not take back after so many tries: some three hours. */
const RETIRE_TOLD_AFTER = 8;

async function retire(ports: Ports, operation: OperationRow): Promise<boolean> {
  const kept = (await remoteOf(operation).retire?.(ports, operation)) ?? null;
  if (kept !== null) {
    await tellUnretired(ports, operation, kept.text);
    return false;
  }
  const now = ports.clock.now();
  await ports.stores.ofInstance(operation.instanceId).operations.undone(operation.id, now, now + MINUTE_MS);
  return (await ports.stores.ofOperation(operation.id).operations.get(operation.id))?.checkAt === null;
}

/** Once an operation. It is tried again all the same. */
const tellUnretired = (ports: Ports, { id, instanceId, step }: OperationRow, why: string | null) =>
  ports.registry.notices.append([
    {
      id: `${ID_PREFIXES.notice}_${sha256Hex(JSON.stringify(['unretired', id])).slice(0, 32)}`,
      kind: 'credentials.not_retired',
      subject: instanceId,
      text: `“${step}”: former credentials are still good at the partner${why === null ? '.' : `: ${why}`}`,
      at: ports.clock.now(),
    },
  ]);

async function removeIfEnded(ports: Ports, operation: OperationRow, requestId: string): Promise<boolean> {
  const remote = remoteOf(operation);
  if (operation.undoneAt === null) return (await remote.follow?.(ports, operation)) ?? true;
  if (remote.removeLate !== undefined) {
    const late = await remote.removeLate(ports, operation);
    if (typeof late === 'boolean') return late;
    await tellLeftBehind(ports, operation, late.text);
    return true;
  }
  if (operation.state === 'in_progress' && operation.partnerOperationId !== null) {
    const news = await remote.ask(ports, operation);
    if (news?.state === 'in_progress') return false;
  }
  if (operation.resourceId === null) return true;
  const kept = await remote.remove(ports, operation);
  if (kept === null) return true;
  log.error('partner keeps what was undone', { requestId, operationId: operation.id, ...kept });
  await tellLeftBehind(ports, operation, kept.text);
  return operation.checks >= KEPT_CHECKS_MAX;
}

/** What a partner keeps it is asked for so often. */
const KEPT_CHECKS_MAX = 4;

/** Once an operation: a person removes at the partner what its line does not have any more. */
const tellLeftBehind = (ports: Ports, { id, instanceId, step }: OperationRow, why: string | null) =>
  ports.registry.notices.append([
    {
      id: `${ID_PREFIXES.notice}_${sha256Hex(JSON.stringify(['left_behind', id])).slice(0, 32)}`,
      kind: 'operation.left_behind',
      subject: instanceId,
      text: `“${step}”: what was taken back may still be at the partner${why === null ? '.' : `: ${why}`}`,
      at: ports.clock.now(),
    },
  ]);

/** A call-back of whoever is behind a connection, signed with its secret; its words are read as the step says. */
export async function takeConnectorNews(
  ports: Ports,
  id: string,
  body: string,
  headers: Record<string, string>,
  requestId: string,
): Promise<Result<{ late: OperationRow | null }, NewsError | 'forged_news'>> {
  const operation = await ports.stores.ofOperation(id).operations.get(id);
  const calledBack = operation === null ? undefined : remoteOf(operation).calledBack;
  if (operation === null || calledBack === undefined) return fail('unknown_operation');
  const request = await openRequest(ports, operation);
  const handle = calledBack.connectionOf(request);
  const connection = await ports.registry.connections.get(handle);
  if (connection?.kind !== 'http') return fail('unknown_operation');
  const secret = await openSecret(ports, handle, connection.sealedSecret);
  if (!callbackVerifier(secret).isGenuine(body, headers)) return fail('forged_news');
  const news = await calledBack.read(ports, operation, request, parsed(body));
  return news === null ? fail('unreadable_result') : takeNews(ports, operation, news, requestId);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
