import { readable } from '../adapters/partner-api.ts';
import type { PartnerNews } from '../partner-news-schema.ts';
import type { Ports } from '../ports.ts';
import type { OperationEnd, OperationRow } from '../queries/operations.ts';
import type { StepFailure } from '../templates/template.ts';
import { keepOutput, type Outcome } from './connector.ts';
import { FOLLOW_EVERY_MS, type Remote } from './remote.ts';

/**
 * Final news of an operation in the form in which it is kept, its result sealed since it may hold credentials. Null
 * while it is not final, and for a success that does not bring what was ordered: garbage is as good as no news.
 */
export async function readEnd(
  remote: Remote,
  ports: Ports,
  operation: OperationRow,
  news: PartnerNews,
  calledBack: boolean,
): Promise<OperationEnd | null> {
  const followAt =
    remote.follow === undefined || news.state !== 'succeeded' ? null : ports.clock.now() + FOLLOW_EVERY_MS;
  const known = { partnerOperationId: news.operationId, resourceId: news.resourceId, calledBack, followAt };
  if (news.state === 'in_progress') return null;
  if (news.state === 'failed') {
    const error = {
      code: news.error?.code ?? 'unknown',
      text: readable(news.error?.message ?? ''),
      permanent: news.error?.permanent ?? false,
    };
    return { ...known, state: 'failed', sealedResult: null, error };
  }
  const result = await remote.resultOf(ports, operation, news);
  if (result === null) return null;
  const sealedResult = await ports.sealer.seal(result, resultPlace(operation.id));
  return { ...known, state: 'succeeded', sealedResult, error: null };
}

/** What an operation means for its step. A result that arrived is kept as the step's output. */
export async function outcomeOf(ports: Ports, operation: OperationRow): Promise<Outcome> {
  switch (operation.state) {
    case 'requested':
    case 'in_progress':
      return { kind: 'pending', operationId: operation.id };
    case 'refused':
      return { kind: 'refused', failure: failureOf(operation) };
    case 'failed':
      return {
        kind: operation.errorPermanent === true ? 'refused' : 'transient',
        failure: failureOf(operation),
      };
    case 'succeeded': {
      const result = await openResult(ports, operation);
      await keepOutput(ports, { instanceId: operation.instanceId, step: operation.step }, result);
      return { kind: 'done' };
    }
  }
}

/** Why an operation made nothing, in words for the customer. */
export function failureOf({
  state,
  errorCode,
  errorText,
}: Pick<OperationRow, 'state' | 'errorCode' | 'errorText'>): StepFailure {
  if (state === 'refused')
    return {
      code: errorCode ?? 'partner_refused',
      text: errorText ?? 'Our partner did not accept the order.',
    };
  const reason = errorText ?? '';
  return {
    code: 'partner_failed',
    text: `Our partner could not do it${reason === '' ? '.' : `: ${reason}`}`,
  };
}

/** What an operation that succeeded brought. */
export const openResult = (ports: Ports, { id, sealedResult }: OperationRow): Promise<unknown> =>
  ports.sealer.open(sealedResult ?? '', resultPlace(id));

const resultPlace = (operationId: string) => ({
  table: 'operations',
  row: operationId,
  field: 'sealed_result',
});
