import type { Asked } from '#objects/data-requests/face.ts';
import {
  type DataRequest,
  isFetchable,
  type RequestKind,
  standsFor,
} from '#objects/data-requests/machine.ts';
import type { Answered } from '#objects/lib/commands.ts';
import type { Actor } from '#shared/auth/access-token.ts';
import type { Permission } from '#shared/auth/permissions.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { Write } from '../queries/commit.ts';
import { audited } from '../usecases/audit.ts';
import { currentSession } from '../usecases/current-session.ts';
import type { AuthError } from '../usecases/errors.ts';
import { askedAction, askedWrite } from './asked.ts';
import { obstaclesOf } from './steps.ts';

/** Whose requests, and by which right: one's own, or a customer's. */
export interface Whose {
  /** Null: the caller's own. */
  accountId: string | null;
  permission: Permission;
}

export interface AskedRequest {
  request: DataRequest;
  replayed: boolean;
}

/**
 * Begins a copy or an erasure. Nothing is begun before the audit log has who wants it; that it was asked for is in it once for
 * each that was begun (`askedWrite`), and as a failure for one that stood in front of it, also of two asked for at a time.
 */
export async function askForData(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: Whose & { kind: RequestKind; key: string },
): Promise<Result<AskedRequest, AuthError>> {
  const id = await personOf(ports, actor, input);
  if (!id.ok) return id;
  const accountId = id.value;
  if ((await ports.accounts.byId(accountId)) === null) return fail({ code: 'not_found' });
  const { kind } = input;
  const call = { requestId: caller.requestId };
  const once = { key: `${actor.userId}:${input.key}`, fingerprint: sha256(kind) };
  const known = await ports.privacy.of(accountId, (person) => person.recall(call, once));
  if (known !== null) return asAsked(known);
  if (kind === 'erasure') {
    const obstacles = await obstaclesOf(ports, { accountId, requestId: caller.requestId });
    if (obstacles.length > 0) return fail({ code: 'erasure_obstructed', obstacles });
  }
  const about = { actorId: actor.userId, subject: accountId, factor: 'session' } as const;
  const refused = async ({ id }: DataRequest): Promise<Result<never, AuthError>> => {
    const detail = { why: 'stands', dataRequestId: id };
    await ports.commit([
      audited(ports, caller, { ...about, action: askedAction(kind), outcome: 'failure', detail }),
    ]);
    return fail({ code: 'data_request_stands', id });
  };
  const requests = await ports.privacy.of(accountId, (person) => person.list(call));
  const standing = requests.find((each) => each.kind === kind && standsFor(each, ports.clock.now()));
  if (standing !== undefined) return refused(standing);
  const dataRequestId = newId('dataRequest');
  await ports.commit([
    audited(ports, caller, {
      ...about,
      action: kind === 'export' ? 'account.export_wanted' : 'account.erasure_wanted',
      outcome: 'success',
      detail: { dataRequestId },
    }),
  ]);
  const asked = {
    id: dataRequestId,
    accountId,
    kind,
    askedBy: actor.userId,
    graceMs: ports.privacy.graceMs,
    isRepeat: false,
    once,
  };
  const answer = await ports.privacy.of(accountId, (person) => person.ask(call, asked));
  if (answer.kind === 'answered' && answer.reply.kind === 'under_way') return refused(answer.reply.request);
  if (answer.kind === 'answered') await ports.commit([askedWrite(ports, caller, answer.reply.request)]);
  return asAsked(answer);
}

function asAsked(answer: Answered<Asked>): Result<AskedRequest, AuthError> {
  if (answer.kind === 'key_reused') return fail({ code: 'key_reused' });
  const { kind, request } = answer.reply;
  if (kind === 'under_way') return fail({ code: 'data_request_stands', id: request.id });
  return ok({ request, replayed: answer.replayed });
}

export async function listDataRequests(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  whose: Whose,
): Promise<Result<DataRequest[], AuthError>> {
  const id = await personOf(ports, actor, whose);
  if (!id.ok) return id;
  return ok(await ports.privacy.of(id.value, (person) => person.list({ requestId: caller.requestId })));
}

export async function findDataRequest(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  { id, ...whose }: Whose & { id: string },
): Promise<Result<DataRequest, AuthError>> {
  const person = await personOf(ports, actor, whose);
  if (!person.ok) return person;
  const call = { requestId: caller.requestId };
  const request = await ports.privacy.of(person.value, (object) => object.get(call, { id }));
  return request === null ? fail({ code: 'not_found' }) : ok(request);
}

/** The copy, while it is there; each look at it is written down. */
export async function openCopy(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<Result<DataRequest, AuthError>> {
  const found = await findDataRequest(ports, caller, actor, {
    id,
    accountId: null,
    permission: 'account.secure',
  });
  if (!found.ok) return found;
  if (!isFetchable(found.value, ports.clock.now())) return fail({ code: 'no_document' });
  await ports.commit([
    audited(ports, caller, {
      action: 'account.exported',
      outcome: 'success',
      actorId: actor.userId,
      subject: actor.userId,
      factor: 'session',
      detail: { dataRequestId: id },
    }),
  ]);
  return found;
}

/** Asked before the object is, done after it: whoever reads the log knows of a try that died between. */
const cancelNoted = (
  ports: AuthPorts,
  caller: Caller,
  { actorId, accountId, dataRequestId }: { actorId: string; accountId: string; dataRequestId: string },
  action: 'account.erasure_cancel_asked' | 'account.erasure_cancelled',
): Write =>
  audited(ports, caller, {
    action,
    outcome: 'success',
    actorId,
    subject: accountId,
    factor: 'session',
    detail: { dataRequestId },
  });

/** Takes an erasure back that waits. */
export async function cancelDataRequest(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  { id, ...whose }: Whose & { id: string },
): Promise<Result<DataRequest, AuthError>> {
  const person = await personOf(ports, actor, whose);
  if (!person.ok) return person;
  const call = { requestId: caller.requestId };
  const known = await ports.privacy.of(person.value, (object) => object.get(call, { id }));
  if (known === null) return fail({ code: 'not_found' });
  const about = { actorId: actor.userId, accountId: person.value, dataRequestId: id };
  await ports.commit([cancelNoted(ports, caller, about, 'account.erasure_cancel_asked')]);
  const answer = await ports.privacy.of(person.value, (object) => object.cancel(call, { id }));
  if (answer === null) return fail({ code: 'not_found' });
  if (answer === 'too_late') return fail({ code: 'not_cancellable' });
  await ports.commit([cancelNoted(ports, caller, about, 'account.erasure_cancelled')]);
  return ok(answer);
}

/** Staff let a request go on that failed. */
export async function retryDataRequest(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  { id, ...whose }: Whose & { id: string },
): Promise<Result<DataRequest, AuthError>> {
  const person = await personOf(ports, actor, whose);
  if (!person.ok) return person;
  const call = { requestId: caller.requestId };
  const answer = await ports.privacy.of(person.value, (object) => object.retry(call, { id }));
  if (answer === null) return fail({ code: 'not_found' });
  return answer === 'not_failed' ? fail({ code: 'not_failed' }) : ok(answer);
}

/** The owner says that it was somebody else who asked: an erasure that waits is taken back. */
export async function takeErasureBack(ports: AuthPorts, caller: Caller, accountId: string): Promise<void> {
  const call = { requestId: caller.requestId };
  await ports.privacy.of(accountId, async (person) => {
    const waiting = (await person.list(call)).filter(({ state }) => state === 'waiting');
    if (waiting.length === 0) return;
    const about = waiting.map(({ id }) => ({ actorId: accountId, accountId, dataRequestId: id }));
    await ports.commit(about.map((each) => cancelNoted(ports, caller, each, 'account.erasure_cancel_asked')));
    for (const { id } of waiting) await person.cancel(call, { id });
    await ports.commit(about.map((each) => cancelNoted(ports, caller, each, 'account.erasure_cancelled')));
  });
}

async function personOf(
  ports: AuthPorts,
  actor: Actor,
  { accountId, permission }: Whose,
): Promise<Result<string, AuthError>> {
  const current = await currentSession(ports, actor, { permission });
  return current.ok ? ok(accountId ?? actor.userId) : current;
}
