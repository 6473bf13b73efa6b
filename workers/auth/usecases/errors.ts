import type { PasswordFault } from '../password-policy.ts';

/** Every refusal of the auth worker. `toProblem` maps each to the wire. */
export type AuthError =
  | { code: 'invalid_credentials' }
  | { code: 'too_many_attempts'; retryAfterSeconds: number }
  /** Unknown, used and expired are one: which, is nobody's business. */
  | { code: 'link_spent' }
  | { code: 'refresh_refused' }
  | { code: 'session_ended' }
  | { code: 'not_fresh' }
  | { code: 'forbidden' }
  | { code: 'password_refused'; field: string; fault: PasswordFault }
  | { code: 'current_password_required' }
  | { code: 'current_password_wrong' }
  | { code: 'ceremony_spent' }
  | { code: 'passkey_refused' }
  | { code: 'passkey_not_added' }
  | { code: 'not_found' }
  | { code: 'last_administrator' }
  | { code: 'changed_meanwhile' };
