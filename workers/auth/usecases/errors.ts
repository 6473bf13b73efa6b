import type { Obstacle } from '#objects/data-requests/machine.ts';
import type { StepUp } from '#shared/auth/step-up.ts';
import type { ChallengeBody } from '#shared/contracts/http/challenge.ts';
import type { PasswordFault } from '../password-policy.ts';

/** Every refusal of the auth worker. `toProblem` maps each to the wire. */
export type AuthError =
  | { code: 'invalid_credentials' }
  | { code: 'too_many_attempts'; retryAfterSeconds: number }
  /** Attempts have piled up: this one counts once the challenge is solved. */
  | { code: 'challenge_required'; challenge: ChallengeBody }
  /** Unknown, used and expired are one: which, is nobody's business. */
  | { code: 'link_spent' }
  | { code: 'refresh_refused' }
  | { code: 'session_ended' }
  /** A newer or stronger proof is needed (RFC 9470). */
  | { code: 'step_up_required'; asked: StepUp }
  /** A step-up that shows less than the account, or this session, already has. */
  | { code: 'proof_too_weak' }
  | { code: 'challenge_spent' }
  | { code: 'totp_present' }
  | { code: 'code_refused' }
  | { code: 'password_too_short_alone' }
  | { code: 'forbidden' }
  | { code: 'password_refused'; field: string; fault: PasswordFault }
  | { code: 'current_password_required' }
  | { code: 'current_password_wrong' }
  | { code: 'ceremony_spent' }
  | { code: 'passkey_refused' }
  | { code: 'passkey_not_added' }
  | { code: 'last_way_in' }
  | { code: 'address_taken' }
  | { code: 'not_found' }
  | { code: 'last_administrator' }
  | { code: 'changed_meanwhile' }
  | { code: 'changed_since_read' }
  | { code: 'too_many_secrets' }
  | { code: 'too_many_keys' }
  | { code: 'scope_beyond_roles'; at: number }
  | { code: 'client_refused'; field: string; detail: string }
  | { code: 'connection_refused'; field: string; detail: string }
  /** A provider cannot be reached, or does not say of itself what it must. */
  | { code: 'provider_unavailable'; detail: string }
  /** What a provider answered does not count. */
  | { code: 'provider_refused'; reason: string; detail: string }
  /** The provider's word is right, and leads to no account. */
  | { code: 'federation_account'; reason: FederationReason }
  | { code: 'too_many_connections' }
  | { code: 'domain_not_claimable' }
  | { code: 'domain_refused'; detail: string }
  | { code: 'domain_of_another' }
  | { code: 'record_missing'; name: string; value: string }
  | { code: 'domain_names_unavailable' }
  | { code: 'identity_not_linked' }
  | { code: 'beyond_organisation_role' }
  | { code: 'organisation_closed' }
  | { code: 'last_owner' }
  | { code: 'no_other_member' }
  | { code: 'not_invitable' }
  | { code: 'invitation_of_another' }
  | { code: 'already_member' }
  | { code: 'organisation_full' }
  | { code: 'too_many_memberships' }
  | { code: 'account_erased' }
  /** What has to end before the person can be erased. */
  | { code: 'erasure_obstructed'; obstacles: readonly Obstacle[] }
  /** One of the kind is under way, or a copy as good as new is there. */
  | { code: 'data_request_stands'; id: string }
  | { code: 'key_reused' }
  | { code: 'no_document' }
  | { code: 'not_cancellable' }
  | { code: 'not_failed' };

/** Why a provider's word, which is right, leads to no account. `staff` and `owner`: not an organisation's word. */
export type FederationReason =
  | 'no_sign_up'
  | 'address_unproven'
  | 'address_taken'
  | 'organisation_full'
  | 'staff'
  | 'owner';
