import type { DataRequest } from '#objects/data-requests/machine.ts';
import type { DataRequestBody, ErasureObstacleBody } from '#shared/contracts/http/data-requests.ts';
import { rfc3339 } from '#shared/time/time.ts';

const timeOf = (at: number | null): string | null => (at === null ? null : rfc3339(at));

/** A request on the wire, as the person and staff see it. */
export const dataRequestBody = (request: DataRequest): DataRequestBody => ({
  id: request.id,
  accountId: request.accountId,
  kind: request.kind,
  state: request.state,
  askedBy: request.askedBy === request.accountId ? 'person' : 'staff',
  askedAt: rfc3339(request.askedAt),
  erasesAt: request.state === 'waiting' ? timeOf(request.dueAt) : null,
  documentUntil: request.state === 'ready' ? timeOf(request.readyUntil) : null,
  endedAt: timeOf(request.endedAt),
  obstacles: request.obstacles as ErasureObstacleBody[],
  erased: request.erased,
  kept: request.kept,
});
