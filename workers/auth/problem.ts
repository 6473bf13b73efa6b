import type { Result } from '#shared/domain/result.ts';
import { Problem, type ProblemDetails } from '#shared/http/problems.ts';
import { keyReused } from '#shared/http/idempotency-key.ts';
import { stepUpRequired } from '#shared/http/step-up.ts';
import { PASSWORD_CHARACTERS } from './limits.ts';
import type { PasswordFault } from './password-policy.ts';
import type { AuthError, FederationReason } from './usecases/errors.ts';

/** The value of a result, or its refusal thrown as the problem it is on the wire. */
export function valueOrProblem<Value>(result: Result<Value, AuthError>): Value {
  if (result.ok) return result.value;
  throw new Problem(toProblem(result.error));
}

const PASSWORD_FAULTS: Record<PasswordFault, string> = {
  too_short: `must have at least ${PASSWORD_CHARACTERS.min} characters, with a second factor ${PASSWORD_CHARACTERS.minBesideSecondFactor}`,
  too_long: `must have at most ${PASSWORD_CHARACTERS.max} characters`,
  common: 'is too common or too regular',
  context: 'consists mostly of your address or our name',
  breached: 'is known from a data breach',
};

const invalid = (pointer: string, detail: string): ProblemDetails => ({
  slug: 'validation-failed',
  detail: 'See `errors` for each field.',
  errors: [{ in: 'body', pointer, detail }],
});

const FEDERATION_ACCOUNT: Record<FederationReason, ProblemDetails> = {
  organisation_full: {
    slug: 'conflict',
    detail: 'The organisation has as many members as can be. Ask its administrators.',
  },
  staff: {
    slug: 'sign-in-refused',
    detail: 'Accounts of our staff are not opened by an organisation’s provider: sign in here.',
  },
  owner: {
    slug: 'sign-in-refused',
    detail:
      'Owners of an organisation do not sign in by its provider: sign in here with your passkey or password, or by a code by mail if you have neither.',
  },
  no_sign_up: {
    slug: 'sign-in-refused',
    detail: 'Nobody gets an account by this provider: sign in here first, then link it on your account page.',
  },
  address_unproven: {
    slug: 'sign-in-refused',
    detail:
      'The provider does not vouch for your address. Sign up here by mail, then link the provider on your account page.',
  },
  address_taken: {
    slug: 'conflict',
    detail: 'Your address has an account here. Sign in to it, then link the provider on your account page.',
  },
};

function toProblem(error: AuthError): ProblemDetails {
  switch (error.code) {
    case 'invalid_credentials':
      return { slug: 'invalid-credentials', detail: 'Check what you sent, or use another way to sign in.' };
    case 'refresh_refused':
      return { slug: 'invalid-credentials', detail: 'This refresh token is not valid. Sign in again.' };
    case 'current_password_wrong':
      return { slug: 'invalid-credentials', detail: 'The current password does not match.' };
    case 'too_many_attempts':
      return {
        slug: 'rate-limited',
        detail: `Try again in ${error.retryAfterSeconds} seconds, or use another way to sign in.`,
        headers: { 'retry-after': String(error.retryAfterSeconds) },
      };
    case 'challenge_required':
      return {
        slug: 'challenge-required',
        detail:
          'Too much was tried here lately. Solve the challenge and send the same again with its answer.',
        extra: { challenge: error.challenge },
      };
    case 'link_spent':
      return { slug: 'gone', detail: 'This link was used, has expired or never was. Ask for a new one.' };
    case 'ceremony_spent':
      return { slug: 'gone', detail: 'This ceremony was used, has expired or never was. Begin again.' };
    case 'session_ended':
      return {
        slug: 'unauthenticated',
        detail: 'This session has ended. Sign in again.',
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      };
    case 'step_up_required':
      return stepUpRequired(error.asked);
    case 'proof_too_weak':
      return invalid('', 'must show a second factor or a passkey: this session has shown one before');
    case 'challenge_spent':
      return { slug: 'gone', detail: 'This sign-in was finished, has expired or never was. Begin again.' };
    case 'totp_present':
      return { slug: 'conflict', detail: 'The account has an authenticator app. Remove it first.' };
    case 'code_refused':
      return invalid('/code', 'is not the code the app shows now; check the clock of the device');
    case 'password_too_short_alone':
      return {
        slug: 'conflict',
        detail: `Without a second factor a password needs ${PASSWORD_CHARACTERS.min} characters: choose a longer one first.`,
      };
    case 'forbidden':
      return { slug: 'forbidden', detail: 'Your account no longer carries the permission.' };
    case 'password_refused':
      return invalid(error.field, PASSWORD_FAULTS[error.fault]);
    case 'current_password_required':
      return invalid('/currentPassword', 'is required to change an existing password');
    case 'passkey_refused':
      return invalid('/response', 'is not a valid answer to this ceremony');
    case 'passkey_not_added':
      return {
        slug: 'conflict',
        detail: 'This passkey is registered already, or the account has as many as it can.',
      };
    case 'last_way_in':
      return {
        slug: 'conflict',
        detail: 'Nothing would be left to sign in with. Add a passkey or a password first.',
      };
    case 'address_taken':
      return { slug: 'conflict', detail: 'This address has an account by now.' };
    case 'last_administrator':
      return { slug: 'conflict', detail: 'There must remain an active administrator.' };
    case 'changed_meanwhile':
      return { slug: 'conflict', detail: 'Your account was changed by another request. Try again.' };
    case 'changed_since_read':
      return { slug: 'precondition-failed', detail: 'Read it again and repeat the change.' };
    case 'too_many_secrets':
      return { slug: 'conflict', detail: 'Remove a secret first.' };
    case 'too_many_keys':
      return { slug: 'conflict', detail: 'Revoke a key first.' };
    case 'scope_beyond_roles':
      return invalid(`/scopes/${error.at}`, 'is more than your account may');
    case 'beyond_organisation_role':
      return { slug: 'forbidden', detail: 'Your role in this organisation does not allow it.' };
    case 'organisation_closed':
      return { slug: 'conflict', detail: 'This organisation is closed. An owner can open it again.' };
    case 'last_owner':
      return {
        slug: 'conflict',
        detail: 'There must remain an owner. Hand the organisation over, or close it, first.',
      };
    case 'no_other_member':
      return invalid('/accountId', 'is no other member of the organisation');
    case 'not_invitable':
      return {
        slug: 'conflict',
        detail:
          'This address is a member already, there are too many open invitations, or your role was changed.',
      };
    case 'invitation_of_another':
      return {
        slug: 'forbidden',
        detail: 'The invitation went to another address. Sign in with the account that has it.',
      };
    case 'already_member':
      return { slug: 'conflict', detail: 'You are in this organisation already.' };
    case 'organisation_full':
      return {
        slug: 'conflict',
        detail: 'The organisation has as many members, or you as many organisations, as can be.',
      };
    case 'too_many_memberships':
      return { slug: 'conflict', detail: 'You are in as many organisations as can be. Leave one first.' };
    case 'client_refused':
      return invalid(error.field, error.detail);
    case 'connection_refused':
      return invalid(error.field, error.detail);
    case 'provider_unavailable':
      return { slug: 'upstream-failed', detail: `The provider cannot be used now: ${error.detail}.` };
    case 'provider_refused':
      return { slug: 'sign-in-refused', detail: `The provider’s answer does not count: ${error.detail}.` };
    case 'federation_account':
      return FEDERATION_ACCOUNT[error.reason];
    case 'too_many_connections':
      return {
        slug: 'conflict',
        detail: 'The organisation has as many connections as can be. Remove one first.',
      };
    case 'domain_not_claimable':
      return {
        slug: 'conflict',
        detail: 'It is in the list already, or the list is full: remove one first.',
      };
    case 'domain_refused':
      return invalid('/domain', error.detail);
    case 'domain_of_another':
      return {
        slug: 'conflict',
        detail: 'It is another organisation’s, whose record stands there as well: remove that one first.',
      };
    case 'record_missing':
      return {
        slug: 'conflict',
        detail: `The TXT record ${error.name} with ${error.value} is not seen yet; it may take an hour.`,
      };
    case 'domain_names_unavailable':
      return { slug: 'upstream-failed', detail: 'The domain name system does not answer. Try again.' };
    case 'identity_not_linked':
      return {
        slug: 'conflict',
        detail: 'This identity is linked to an account already, or yours has as many as it can.',
      };
    case 'account_erased':
      return { slug: 'conflict', detail: 'The data of this account are being erased: it opens no more.' };
    case 'erasure_obstructed':
      return {
        slug: 'erasure-obstructed',
        detail: 'Something is still under way: end what `obstacles` names, or wait for its end.',
        extra: { obstacles: error.obstacles },
      };
    case 'data_request_stands':
      return {
        slug: 'conflict',
        detail: 'There is such a request already: `dataRequestId` names it.',
        extra: { dataRequestId: error.id },
      };
    case 'key_reused':
      return keyReused().details;
    case 'no_document':
      return { slug: 'gone', detail: 'The copy is not ready, or was deleted. Ask for a new one.' };
    case 'not_cancellable':
      return { slug: 'conflict', detail: 'Only an erasure that waits can be taken back.' };
    case 'not_failed':
      return { slug: 'conflict', detail: 'It did not fail: it goes on by itself, or has ended.' };
    case 'not_found':
      return { slug: 'not-found', detail: 'There is nothing here that is yours.' };
  }
}
