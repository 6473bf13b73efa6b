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
