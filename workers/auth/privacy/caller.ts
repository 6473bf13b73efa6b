import { ASKED_BY_RESTORE } from '#objects/data-requests/machine.ts';
import type { Caller } from '../ports.ts';

/** Nobody outside: the object of a person goes on by itself. */
export const callerOf = (requestId: string): Caller => ({
  requestId,
  network: '',
  userAgent: '',
  device: null,
  challengeAnswer: null,
  country: '',
});

/** Account of whoever asked, for the audit log; null: a restore did, for which nobody signs in. */
export const actorOf = ({ askedBy }: { askedBy: string }): string | null =>
  askedBy === ASKED_BY_RESTORE ? null : askedBy;
