import {
  type DataRequest,
  type Kept,
  type Obstacle,
  type StepResult,
  stepOf,
} from '#objects/data-requests/machine.ts';
import { OBSTACLES_MAX, type ErasureObstacle } from '#shared/contracts/privacy.ts';
import type { AuthPorts } from '../ports.ts';
import { audited } from '../usecases/audit.ts';
import { actorOf, callerOf } from './caller.ts';
import { eraseOwn } from './erase-own.ts';
import { ownItems } from './own-data.ts';
import type { Subject } from './ports.ts';

const NOTHING = { next: null, erased: {}, kept: [] as Kept[], obstacles: [] as Obstacle[] };

/** A bounded part of the step a request stands at. Safe to repeat, at once and after a crash at any place. */
export async function takeStep(ports: AuthPorts, request: DataRequest): Promise<StepResult> {
  const { accountId, id, parts } = request;
  const through = { ...NOTHING, parts };
  const step = stepOf(request);
  switch (step) {
    case 'auth':
      await ports.privacy.copies.write({ accountId, id }, 1, await ownItems(ports, accountId));
      return { ...through, parts: 1 };
    case 'catalogue':
    case 'purchase':
    case 'payments':
    case 'provisioner':
      return request.kind === 'export' ? copyPage(ports, request, step) : eraseOf(ports, request, step);
    case 'drop':
      await ports.privacy.copies.drop({ accountId, id });
      return { ...through, parts: 0 };
    case 'check':
      return { ...through, obstacles: request.isRepeat ? [] : await obstaclesOf(ports, request) };
    case 'close':
      return { ...through, obstacles: await close(ports, request) };
    case 'own':
      return { ...through, ...(await eraseOwn(ports, request)) };
  }
}

async function copyPage(ports: AuthPorts, request: DataRequest, subject: Subject): Promise<StepResult> {
  const { accountId, id, parts, cursor, requestId } = request;
  const page = await ports.privacy.subjects[subject].exportPage(
    { requestId },
    { customerId: accountId, cursor },
  );
  const isEmpty = page.items.length === 0;
  if (!isEmpty) await ports.privacy.copies.write({ accountId, id }, parts + 1, page.items);
  return { ...NOTHING, next: page.next, parts: isEmpty ? parts : parts + 1 };
}

async function eraseOf(ports: AuthPorts, request: DataRequest, subject: Subject): Promise<StepResult> {
  const { accountId, cursor, requestId, parts } = request;
  const done = await ports.privacy.subjects[subject].eraseStep(
    { requestId },
    { customerId: accountId, cursor },
  );
  return { next: done.next, erased: done.erased, kept: done.kept, obstacles: [], parts };
}

/** What stands against erasing a person, over all workers; at most `OBSTACLES_MAX`. */
export async function obstaclesOf(
  ports: AuthPorts,
  { accountId, requestId }: Pick<DataRequest, 'accountId' | 'requestId'>,
): Promise<Obstacle[]> {
  const others = await Promise.all(
    Object.values(ports.privacy.subjects).map((subject) =>
      subject.obstacles({ requestId }, { customerId: accountId }),
    ),
  );
  const told: ErasureObstacle[] = others.flatMap(({ obstacles }) => obstacles);
  return [...(await ownObstacles(ports, accountId)), ...told].slice(0, OBSTACLES_MAX);
}

async function ownObstacles(ports: AuthPorts, accountId: string): Promise<Obstacle[]> {
  const [owned, isNeeded] = await Promise.all([
    ports.organisations.members.onlyOwnedBy(accountId),
    ports.accounts.isLastAdministrator(accountId),
  ]);
  return [
    ...(owned === null ? [] : [{ code: 'last_owner', subject: owned }]),
    ...(isNeeded ? [{ code: 'last_administrator', subject: accountId }] : []),
  ];
}

/**
 * Shuts the account: nobody is signed in with it from here on, and nobody opens it again. What is asked of organisations and
 * administrators is asked once more in the same transaction. The mark that outlives a restore comes after it: a mark means
 * that the erasure goes through.
 */
async function close(ports: AuthPorts, request: DataRequest): Promise<Obstacle[]> {
  const { accountId: id, isRepeat } = request;
  const { rows, marks } = ports.privacy;
  const now = ports.clock.now();
  const caller = callerOf(request.requestId);
  const isDone =
    (await rows.erasure(id)) !== null ||
    (await ports.commit([
      ...(isRepeat
        ? []
        : [
            ports.accounts.expectAdministratorBeside(id),
            ports.organisations.members.expectNoneOnlyOwnedBy(id),
          ]),
      rows.beginErasure(id, now),
      ports.accounts.setStatus(id, 'disabled', now),
      ports.revocations.close(id, now),
      ports.sessions.revokeAll(id, null, 'erased', now),
      audited(ports, caller, {
        action: 'account.closed_for_erasure',
        outcome: 'success',
        actorId: actorOf(request),
        subject: id,
        detail: { dataRequestId: request.id, isRepeat },
      }),
    ]));
  if (!isDone) {
    const obstacles = await ownObstacles(ports, id);
    // What stood against it is gone by now: the step is taken again.
    if (obstacles.length === 0) throw new Error(`account ${id} could not be closed`);
    return obstacles;
  }
  const erasure = await rows.erasure(id);
  if (!isRepeat && erasure !== null) await marks.put(id, erasure.begunAt);
  return [];
}
