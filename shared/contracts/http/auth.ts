import { z } from 'zod';
import { ORGANISATION_ROLES, ROLES, type OrganisationRole, type Role } from '#shared/auth/permissions.ts';
import { normalisedEmail } from '#shared/domain/email.ts';
import { idSchema } from '#shared/ids/ids.ts';

const EMAIL_CHARACTERS_MAX = 254;
/** Far above the longest password allowed; what lies between is refused with its reason. */
const PASSWORD_INPUT_MAX = 2_000;
const TOKEN_CHARACTERS_MAX = 200;

/** An address in its one form; see `normalisedEmail`. */
export const emailSchema = z
  .string()
  .overwrite(normalisedEmail)
  .max(EMAIL_CHARACTERS_MAX)
  .regex(
    /^[^\s@"<>,;:\\()[\]\p{Cc}]+@[^\s@"<>,;:\\()[\]\p{Cc}.]+(\.[^\s@"<>,;:\\()[\]\p{Cc}.]+)*$/u,
    'must be an e-mail address',
  );
export const passwordInputSchema = z.string().min(1).max(PASSWORD_INPUT_MAX);
export const linkTokenSchema = z.string().min(1).max(TOKEN_CHARACTERS_MAX);
export const roleSchema = z.enum(Object.keys(ROLES) as [Role, ...Role[]]).meta({ id: 'Role' });

export const organisationRoleSchema = z
  .enum(Object.keys(ORGANISATION_ROLES) as [OrganisationRole, ...OrganisationRole[]])
  .meta({ id: 'OrganisationRole' });

export const emailOnlySchema = z.strictObject({ email: emailSchema }).meta({ id: 'EmailOnly' });
export const verifyEmailSchema = z
  .strictObject({ token: linkTokenSchema, password: passwordInputSchema.optional() })
  .meta({ id: 'VerifyEmail' });
export const signInSchema = z
  .strictObject({ email: emailSchema, password: passwordInputSchema })
  .meta({ id: 'SignIn' });
export const refreshTokenSchema = z
  .strictObject({ refreshToken: z.string().min(1).max(TOKEN_CHARACTERS_MAX) })
  .meta({ id: 'RefreshToken' });
export const exchangeTokenSchema = refreshTokenSchema
  .extend({ organisationId: idSchema('organisation').optional() })
  .meta({ id: 'ExchangeToken' });
export const resetPasswordSchema = z
  .strictObject({ token: linkTokenSchema, newPassword: passwordInputSchema })
  .meta({ id: 'ResetPassword' });
export const changePasswordSchema = z
  .strictObject({ currentPassword: passwordInputSchema.optional(), newPassword: passwordInputSchema })
  .meta({ id: 'ChangePassword' });

export const verificationSentSchema = z
  .strictObject({ status: z.literal('verification_sent') })
  .meta({ id: 'VerificationSent' });
export const resetSentSchema = z.strictObject({ status: z.literal('reset_sent') }).meta({ id: 'ResetSent' });

export const organisationSchema = z
  .strictObject({
    id: idSchema('organisation'),
    name: z.string(),
    status: z.enum(['active', 'archived']),
    /** The caller’s own. */
    role: organisationRoleSchema,
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Organisation' });
export type OrganisationBody = z.infer<typeof organisationSchema>;

const userSchema = z.strictObject({ id: idSchema('user'), email: z.string(), roles: z.array(roleSchema) });
export const tokensSchema = z
  .strictObject({
    accessToken: z.string(),
    tokenType: z.literal('Bearer'),
    /** Seconds. */
    expiresIn: z.int(),
    refreshToken: z.string(),
    /** Seconds. */
    refreshExpiresIn: z.int(),
    user: userSchema,
    /** What the access token acts for; null: the person alone. */
    organisation: z
      .strictObject({ id: idSchema('organisation'), name: z.string(), role: organisationRoleSchema })
      .nullable(),
  })
  .meta({ id: 'Tokens' });
export type TokensBody = z.infer<typeof tokensSchema>;

export const secondFactorRequiredSchema = z
  .strictObject({
    status: z.literal('second_factor_required'),
    /** Secret: it stands for the first factor. For `POST /v1/auth/sign-in/second-factor`. */
    challengeId: z.string(),
    methods: z.array(z.enum(['totp', 'recovery_code'])),
    /** Seconds. */
    expiresIn: z.int(),
  })
  .meta({ id: 'SecondFactorRequired' });
/** An identity provider as everybody may see it. */
export const providerSchema = z.strictObject({
  id: idSchema('identityProvider'),
  name: z.string(),
  kind: z.enum(['oidc', 'saml']),
});
/** What was shown is right, and the account's organisation has its members sign in by its own provider. */
export const providerRequiredSchema = z
  .strictObject({
    status: z.literal('provider_required'),
    connection: providerSchema,
    /** Secret, for ten minutes: stands for what was shown. For `POST /v1/auth/federation/{connection}/start`. */
    challengeId: z.string(),
  })
  .meta({ id: 'ProviderRequired' });
/** Answer of every sign-in: a session, the demand of the account's second factor, or of the organisation's provider. */
export const signedInSchema = z
  .union([tokensSchema, secondFactorRequiredSchema, providerRequiredSchema])
  .meta({ id: 'SignedIn' });

const totpCodeSchema = z.string().regex(/^\d{6}$/, 'must be six digits');
const recoveryCodeSchema = z.string().min(1).max(100);
export const secondFactorSchema = z
  .union([
    z.strictObject({ challengeId: linkTokenSchema, code: totpCodeSchema }),
    z.strictObject({ challengeId: linkTokenSchema, recoveryCode: recoveryCodeSchema }),
  ])
  .meta({ id: 'SecondFactor' });
export const totpCodeBodySchema = z.strictObject({ code: totpCodeSchema }).meta({ id: 'TotpCode' });
export const totpSetUpSchema = z
  .strictObject({
    /** Base32, for typing in. */
    secret: z.string(),
    /** `otpauth://` address, for a QR code. */
    uri: z.string(),
  })
  .meta({ id: 'TotpSetUp' });
export const recoveryCodesSchema = z
  .strictObject({ recoveryCodes: z.array(z.string()) })
  .meta({ id: 'RecoveryCodes', description: 'Told this once; each works once' });

export const meSchema = userSchema
  .extend({
    hasPassword: z.boolean(),
    passkeyCount: z.int(),
    /** Whether codes of an authenticator app are needed to sign in by password or mail. */
    hasTotp: z.boolean(),
    recoveryCodesLeft: z.int(),
    session: z.strictObject({
      id: idSchema('session'),
      authenticatedAt: z.iso.datetime(),
      amr: z.array(z.string()),
      acr: z.string(),
    }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Me' });

export const sessionSchema = z
  .strictObject({
    id: idSchema('session'),
    current: z.boolean(),
    userAgent: z.string(),
    /** What the device is called, e.g. `Firefox on Windows`. */
    device: z.string(),
    /** ISO 3166-1 alpha-2 of its last use; empty: unknown. */
    country: z.string(),
    amr: z.array(z.string()),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Session' });
export const sessionListSchema = z
  .strictObject({ items: z.array(sessionSchema) })
  .meta({ id: 'SessionList' });

export const passkeySchema = z
  .strictObject({
    id: idSchema('passkey'),
    name: z.string(),
    /** Whether the credential may live on several devices. */
    synced: z.boolean(),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Passkey' });
export const passkeyListSchema = z
  .strictObject({ items: z.array(passkeySchema) })
  .meta({ id: 'PasskeyList' });

/** For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON` (WebAuthn L3 §5.1.8–9). */
export const ceremonySchema = z
  .strictObject({
    ceremonyId: idSchema('ceremony'),
    options: z.looseObject({ challenge: z.string() }),
  })
  .meta({ id: 'PasskeyCeremony' });

const base64url = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[\w-]+$/, 'must be base64url');
const credentialBase = {
  id: base64url(1_400),
  rawId: base64url(1_400),
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).nullish(),
  clientExtensionResults: z.record(z.string(), z.unknown()),
};
/** What `credential.toJSON()` gives; browsers may add members, which are dropped. */
export const registrationResponseSchema = z.object({
  ...credentialBase,
  response: z.object({
    clientDataJSON: base64url(8_192),
    attestationObject: base64url(32_768),
    transports: z.array(z.string().max(32)).max(10).optional(),
  }),
});
export const authenticationResponseSchema = z.object({
  ...credentialBase,
  response: z.object({
    clientDataJSON: base64url(8_192),
    authenticatorData: base64url(8_192),
    signature: base64url(4_096),
    userHandle: base64url(128).nullish(),
  }),
});
export const addPasskeySchema = z
  .strictObject({
    ceremonyId: idSchema('ceremony'),
    response: registrationResponseSchema,
    name: z.string().trim().min(1).max(100).default('Passkey'),
  })
  .meta({ id: 'AddPasskey' });
export const passkeySignInSchema = z
  .strictObject({ ceremonyId: idSchema('ceremony'), response: authenticationResponseSchema })
  .meta({ id: 'PasskeySignIn' });

/** A passkey, or a password, or a code, or a password and a code. */
export const stepUpSchema = z
  .union([
    passkeySignInSchema,
    z
      .strictObject({
        password: passwordInputSchema.optional(),
        code: totpCodeSchema.optional(),
        recoveryCode: recoveryCodeSchema.optional(),
      })
      .refine(
        ({ password, code, recoveryCode }) =>
          (password ?? code ?? recoveryCode) !== undefined &&
          (code === undefined || recoveryCode === undefined),
        'must have a password, a code or both',
      ),
  ])
  .meta({ id: 'StepUp' });
export const accessTokenSchema = tokensSchema
  .pick({ accessToken: true, tokenType: true, expiresIn: true })
  .meta({ id: 'AccessToken' });

export const emailChangeSchema = z.strictObject({ newEmail: emailSchema }).meta({ id: 'EmailChange' });
export const linkSchema = z.strictObject({ token: linkTokenSchema }).meta({ id: 'OwnerLink' });
/** A link that takes things back, with what takes factors away as well: at most one of the four. */
export const takeBackSchema = z
  .strictObject({
    token: linkTokenSchema,
    password: passwordInputSchema
      .optional()
      .describe(
        'As it was before the first of the factors was added, also where it was changed or removed since.',
      ),
    code: totpCodeSchema
      .optional()
      .describe('Of an app that was there before, also where it was removed since.'),
    recoveryCode: recoveryCodeSchema.optional().describe('Of codes that were made before.'),
    passkey: passkeySignInSchema
      .optional()
      .describe(
        'What a passkey that was there before, also one that was removed since, answers to `POST /v1/auth/passkeys/sign-in-options`.',
      ),
  })
  .refine(
    ({ password, code, recoveryCode, passkey }) =>
      [password, code, recoveryCode, passkey].filter((shown) => shown !== undefined).length <= 1,
    'must have at most one of `password`, `code`, `recoveryCode` and `passkey`',
  )
  .meta({ id: 'TakeBack' });
const olderProofSchema = z.enum(['password', 'code', 'passkey']);
/** What an account had before its factors were changed. */
export type OlderProof = z.infer<typeof olderProofSchema>;
export const factorsKeptSchema = z
  .strictObject({
    status: z.literal('factors_kept'),
    needs: z
      .array(olderProofSchema)
      .describe(
        'Any one of them: send the link again with `password`, `code` (or `recoveryCode`) or `passkey`. Empty: nothing will do, as with an account of staff that had none of them before; another administrator can disable it.',
      ),
  })
  .meta({ id: 'FactorsKept' });
export type FactorsKept = z.infer<typeof factorsKeptSchema>;
export const confirmationSentSchema = z
  .strictObject({ status: z.literal('confirmation_sent') })
  .meta({ id: 'ConfirmationSent' });
export const codeSentSchema = z.strictObject({ status: z.literal('code_sent') }).meta({ id: 'CodeSent' });
export const emailCodeSignInSchema = z
  .strictObject({ email: emailSchema, code: z.string().regex(/^\d{8}$/, 'must be eight digits') })
  .meta({ id: 'EmailCodeSignIn' });
export const accountSchema = z
  .strictObject({
    id: idSchema('user'),
    email: z.string(),
    status: z.enum(['active', 'disabled']),
    roles: z.array(roleSchema),
    hasPassword: z.boolean(),
    passkeyCount: z.int(),
    hasTotp: z.boolean(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Account' });
export const accountListSchema = z
  .strictObject({ items: z.array(accountSchema) })
  .meta({ id: 'AccountList' });
export const setRolesSchema = z
  .strictObject({ roles: z.array(roleSchema).min(1).max(Object.keys(ROLES).length) })
  .meta({ id: 'SetRoles' });
export const setStatusSchema = z
  .strictObject({ status: z.enum(['active', 'disabled']) })
  .meta({ id: 'SetStatus' });

export const jwksSchema = z
  .strictObject({
    keys: z.array(
      z.strictObject({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string(),
        kid: z.string(),
        alg: z.literal('EdDSA'),
        use: z.literal('sig'),
      }),
    ),
  })
  .meta({ id: 'Jwks' });
export const rotationSchema = z
  .strictObject({ status: z.enum(['rotated', 'not_due']) })
  .meta({ id: 'KeyRotation' });
