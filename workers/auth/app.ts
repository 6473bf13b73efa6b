import { accessTokenVerifier, type AccessTokenVerifier } from '#shared/auth/access-token.ts';
import { backupRoutes } from '#shared/backup/routes.ts';
import { createApp, type App } from '#shared/http/app.ts';
import { countryOf, networkOf } from './address.ts';
import { CHALLENGE_ANSWER_CHARACTERS_MAX, CHALLENGE_HEADER } from '#shared/contracts/http/challenge.ts';
import { sources } from './backups.ts';
import { METERED, type Env } from './env.ts';
import { USER_AGENT_CHARACTERS_MAX } from './limits.ts';
import { FEDERATION_ENDPOINTS } from './federation/routes/index.ts';
import { exchangeApiKey } from './oauth/usecases/exchange-api-key.ts';
import { ORGANISATION_ENDPOINTS } from './organisations/routes/index.ts';
import { PRIVACY_ENDPOINTS } from './privacy/routes/index.ts';
import { OAUTH_ENDPOINTS } from './oauth/routes/index.ts';
import { addPasskeyEndpoint } from './routes/add-passkey.ts';
import { beginTotpEndpoint } from './routes/begin-totp.ts';
import { changePasswordEndpoint } from './routes/change-password.ts';
import { confirmEmailChangeEndpoint } from './routes/confirm-email-change.ts';
import { confirmPasswordResetEndpoint } from './routes/confirm-password-reset.ts';
import { confirmTotpEndpoint } from './routes/confirm-totp.ts';
import { exportAuditLogEndpoint } from './routes/export-audit-log.ts';
import { findAccountsEndpoint } from './routes/find-accounts.ts';
import { getJwksEndpoint } from './routes/get-jwks.ts';
import { getMeEndpoint } from './routes/get-me.ts';
import { listGuessingSignalsEndpoint } from './routes/list-guessing-signals.ts';
import { listPasskeysEndpoint } from './routes/list-passkeys.ts';
import { listSessionsEndpoint } from './routes/list-sessions.ts';
import { notMeEndpoint } from './routes/not-me.ts';
import { passkeyRegistrationOptionsEndpoint } from './routes/passkey-registration-options.ts';
import { passkeySignInOptionsEndpoint } from './routes/passkey-sign-in-options.ts';
import { readKeyUseEndpoint } from './routes/read-key-use.ts';
import { readOverviewEndpoint } from './routes/read-overview.ts';
import { passkeySignInEndpoint } from './routes/passkey-sign-in.ts';
import { refreshEndpoint } from './routes/refresh.ts';
import { removePasskeyEndpoint } from './routes/remove-passkey.ts';
import { removePasswordEndpoint } from './routes/remove-password.ts';
import { removeTotpEndpoint } from './routes/remove-totp.ts';
import { renewRecoveryCodesEndpoint } from './routes/renew-recovery-codes.ts';
import { requestEmailChangeEndpoint } from './routes/request-email-change.ts';
import { requestEmailCodeEndpoint } from './routes/request-email-code.ts';
import { requestPasswordResetEndpoint } from './routes/request-password-reset.ts';
import { resealColumnEndpoint } from './routes/reseal-column.ts';
import { revokeAllSessionsEndpoint } from './routes/revoke-all-sessions.ts';
import { revokeSessionEndpoint } from './routes/revoke-session.ts';
import { rotateSigningKeyEndpoint } from './routes/rotate-signing-key.ts';
import { sendChallengeLinkEndpoint } from './routes/send-challenge-link.ts';
import { setRolesEndpoint } from './routes/set-roles.ts';
import { setStatusEndpoint } from './routes/set-status.ts';
import { signInByEmailCodeEndpoint } from './routes/sign-in-by-email-code.ts';
import { signInSecondFactorEndpoint } from './routes/sign-in-second-factor.ts';
import { signInEndpoint } from './routes/sign-in.ts';
import { signOutEndpoint } from './routes/sign-out.ts';
import { signUpEndpoint } from './routes/sign-up.ts';
import { startPasswordResetEndpoint } from './routes/start-password-reset.ts';
import { stepUpEndpoint } from './routes/step-up.ts';
import { undoEmailChangeEndpoint } from './routes/undo-email-change.ts';
import { verifyAuditLogEndpoint } from './routes/verify-audit-log.ts';
import { verifyEmailEndpoint } from './routes/verify-email.ts';
import { currentSession } from './usecases/current-session.ts';
import { valueOrProblem } from './problem.ts';
import { recordAdministration } from './usecases/record-administration.ts';
import type { Endpoint, Wired } from './routes/route.ts';
import { jwks } from './usecases/signing-keys.ts';
import { portsFactory, type PortsFactory } from './wiring.ts';
import { systemClock, type Clock } from '#shared/time/time.ts';

const ENDPOINTS: readonly Endpoint[] = [
  signUpEndpoint,
  verifyEmailEndpoint,
  signInEndpoint,
  signInSecondFactorEndpoint,
  refreshEndpoint,
  signOutEndpoint,
  stepUpEndpoint,
  getMeEndpoint,
  readOverviewEndpoint,
  listSessionsEndpoint,
  revokeSessionEndpoint,
  revokeAllSessionsEndpoint,
  requestPasswordResetEndpoint,
  confirmPasswordResetEndpoint,
  changePasswordEndpoint,
  passkeyRegistrationOptionsEndpoint,
  addPasskeyEndpoint,
  listPasskeysEndpoint,
  removePasskeyEndpoint,
  passkeySignInOptionsEndpoint,
  passkeySignInEndpoint,
  requestEmailChangeEndpoint,
  confirmEmailChangeEndpoint,
  undoEmailChangeEndpoint,
  notMeEndpoint,
  requestEmailCodeEndpoint,
  sendChallengeLinkEndpoint,
  signInByEmailCodeEndpoint,
  removePasswordEndpoint,
  beginTotpEndpoint,
  confirmTotpEndpoint,
  removeTotpEndpoint,
  renewRecoveryCodesEndpoint,
  listGuessingSignalsEndpoint,
  findAccountsEndpoint,
  setRolesEndpoint,
  setStatusEndpoint,
  startPasswordResetEndpoint,
  rotateSigningKeyEndpoint,
  verifyAuditLogEndpoint,
  exportAuditLogEndpoint,
  readKeyUseEndpoint,
  resealColumnEndpoint,
  getJwksEndpoint,
  ...OAUTH_ENDPOINTS,
  ...FEDERATION_ENDPOINTS,
  ...ORGANISATION_ENDPOINTS,
  ...PRIVACY_ENDPOINTS,
];

/** The auth worker's HTTP application. `ports` and `clock` are replaced in tests only. */
export function createAuthApp(ports: PortsFactory = portsFactory(), clock: Clock = systemClock): App<Env> {
  let verifier: AccessTokenVerifier | null = null;
  const app = createApp<Env>({
    system: 'auth',
    bindings: METERED,
    verifier: (env) =>
      (verifier ??= accessTokenVerifier({
        issuer: new URL(env.PUBLIC_ORIGIN).origin,
        loadKeys: () => jwks(ports(env, () => undefined)),
        exchangeKey: (key) =>
          exchangeApiKey(
            ports(env, () => undefined),
            key,
          ),
        useOnce: (id, until) => ports(env, () => undefined).guard.spend(id, until),
        clock,
      })),
  });
  const wired: Wired = (c) => ({
    ports: ports(c.env, (work) => c.executionCtx.waitUntil(work())),
    caller: {
      requestId: c.get('requestId'),
      network: networkOf(c.req.header('x-client-ip')),
      userAgent: (c.req.header('user-agent') ?? '').slice(0, USER_AGENT_CHARACTERS_MAX),
      device: /^[\w-]{43}$/.exec(c.req.header('x-device') ?? '')?.[0] ?? null,
      challengeAnswer: c.req.header(CHALLENGE_HEADER)?.slice(0, CHALLENGE_ANSWER_CHARACTERS_MAX) ?? null,
      country: countryOf(c.req.header('x-client-country')),
    },
  });
  app.use(async (c, next) => {
    await ports.prepare(c.env);
    c.set('decided', async (actor, permissions, isAllowed) => {
      const { method, path } = c.req;
      await recordAdministration(wired(c), { actor, permissions, isAllowed, method, path });
      // All other routes of this worker ask for the session as it is now in their use case.
      if (isAllowed && permissions.includes('backups.run')) {
        valueOrProblem(await currentSession(wired(c).ports, actor, { permission: 'backups.run' }));
      }
    });
    await next();
  });
  for (const endpoint of ENDPOINTS) endpoint(app, wired);
  backupRoutes(app, { worker: 'auth', sources });
  return app;
}
