import type { DataRequest, RequestKind } from '#objects/data-requests/machine.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { Write } from '../queries/commit.ts';
import { auditedOnce } from '../usecases/audit.ts';

export const askedAction = (kind: RequestKind): string =>
  kind === 'export' ? 'account.export_asked' : 'account.erasure_asked';

/** That a request was begun: in the audit log once, however often it is said. */
export const askedWrite = (ports: AuthPorts, caller: Caller, request: DataRequest): Write =>
  auditedOnce(ports, caller, {
    action: askedAction(request.kind),
    outcome: 'success',
    actorId: request.askedBy,
    subject: request.accountId,
    factor: 'session',
    detail: { dataRequestId: request.id },
  });
