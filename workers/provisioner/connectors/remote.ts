import type { PartnerNews } from '../partner-news-schema.ts';
import type { Ports } from '../ports.ts';
import type { OperationRow } from '../queries/operations.ts';
import { HOUR_MS } from '#shared/time/time.ts';
import type { StepFailure } from '../templates/template.ts';
import type { Question } from './connector.ts';

/** What a partner says of asking it; null: nothing. */
export interface Polling {
  /** Not before then. */
  afterSeconds: number | null;
  /** No longer than this in all. */
  limitSeconds: number | null;
}

/** What became of an order. What may go away (no answer, a 5xx, garbage) is thrown, as a `PartnerFault`. */
export type Placed =
  | { kind: 'accepted'; operationId: string; resourceId: string | null; polling?: Polling }
  | { kind: 'ended'; news: PartnerNews }
  | { kind: 'action-required'; question: Question }
  | { kind: 'refused'; failure: StepFailure };

/** What is on its way is told by call-backs; asking is for those that were lost. */
export const FOLLOW_EVERY_MS = 6 * HOUR_MS;

/** Of `remove`: an answer was lost, what was ordered is refused when it is asked for again, and its id is not known. */
export const UNSURE: StepFailure = {
  code: 'partner_unsure',
  text: 'Our partner answered nothing to the order and refused its repeat. Whether it made anything has to be looked up there.',
};

/** A partner, as far as the engine must know one: orders by key, operations that end later, resources to remove. */
export interface Remote {
  /** Orders, or orders again: the same key and request never make a second one. */
  place(ports: Ports, operation: OperationRow, request: unknown): Promise<Placed>;
  /** What the step keeps of a success; null: it does not bring what was ordered. */
  resultOf(ports: Ports, operation: OperationRow, news: PartnerNews): Promise<Record<string, unknown> | null>;
  /** How an operation it took stands; null: it does not know it. `afterSeconds`: when to ask next. */
  ask(
    ports: Ports,
    operation: OperationRow,
  ): Promise<(PartnerNews & { afterSeconds?: number | null }) | null>;
  /** Removes what an operation made. Null: it is gone; otherwise why it stays. */
  remove(ports: Ports, operation: OperationRow): Promise<StepFailure | null>;
  /** Where call-backs are signed with the secret of a connection: which, and what one says; null: it cannot be read. */
  calledBack?: {
    connectionOf(request: unknown): string;
    read(ports: Ports, operation: OperationRow, request: unknown, body: unknown): Promise<PartnerNews | null>;
  };
  /** Asks after what was made and is still on its way. True: nothing more will be heard of it. */
  follow?(ports: Ports, operation: OperationRow): Promise<boolean>;
  /** Removes what another operation replaced, or what came to nothing. Null: it is gone; otherwise why it stays. */
  retire?(ports: Ports, operation: OperationRow): Promise<StepFailure | null>;
  /** Where ids are ours: removes what came to exist after it was taken back. False: look again; a failure: why it stays. */
  removeLate?(ports: Ports, operation: OperationRow): Promise<boolean | StepFailure>;
}

const requestPlace = (id: string) => ({ table: 'operations', row: id, field: 'sealed_request' });
export const sealRequest = (ports: Ports, id: string, request: unknown): Promise<string> =>
  ports.sealer.seal(request, requestPlace(id));
/** The request as it was written down before the first call. */
export const openRequest = (ports: Ports, operation: OperationRow): Promise<unknown> =>
  ports.sealer.open(operation.sealedRequest, requestPlace(operation.id));
