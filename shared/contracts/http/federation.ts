import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';
import {
  emailSchema,
  linkTokenSchema,
  meSchema,
  passkeyListSchema,
  providerSchema,
  sessionListSchema,
  signedInSchema,
} from './auth.ts';

const urlSchema = z.string().min(1).max(2_000);
/** A host name of the public DNS, in its ASCII form, in lower case. */
export const domainSchema = z
  .string()
  .toLowerCase()
  .max(253)
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
    'must be a domain name like example.com',
  )
  .meta({ example: 'example.com' });
const claimNameSchema = z.string().min(1).max(200);

/** What connections of both kinds are told. */
const trust = {
  /**
   * Whether an address the provider tells proves itself: `verified` where the provider says that it checked it,
   * `of_domains` those of the connection’s own domains, `never` none.
   */
  emails: z.enum(['verified', 'of_domains', 'never']),
  /** Whether people nobody knows yet get an account. */
  signUp: z.boolean().default(true),
  /** Classes (`acr`, `amr` or AuthnContextClassRef) that stand for the second factor. Empty: none does. */
  secondFactor: z.array(z.string().min(1).max(300)).max(20).default([]),
  /** Of an organisation: what whoever arrives by it for the first time becomes there; null: nothing. */
  joinAs: z.enum(['member', 'buyer']).nullable().default(null),
  /** Of an organisation: its members with addresses of the domains sign in by it alone, but for owners. */
  enforced: z.boolean().default(false),
};

export const oidcSettingsSchema = z
  .strictObject({
    preset: z.enum(['google', 'microsoft', 'apple', 'custom']).default('custom'),
    /** Of `custom`: exactly what the provider calls itself. */
    issuer: urlSchema.optional(),
    clientId: z.string().min(1).max(300),
    /** Of `custom`: how we prove who we are at its token endpoint. */
    clientAuthentication: z.enum(['client_secret_basic', 'client_secret_post', 'none']).optional(),
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/))
      .max(20)
      .optional(),
    /** Of `microsoft`: a tenant’s id, or `common`, `organizations`, `consumers`. */
    tenant: z.union([z.enum(['common', 'organizations', 'consumers']), z.uuid().toLowerCase()]).optional(),
    /** Of `microsoft` with several tenants: those whose people may sign in. Empty: all. */
    tenants: z.array(z.uuid().toLowerCase()).max(100).default([]),
    /** Of `apple`: who signs the client secret. The secret of the connection is then the private key (PKCS #8, PEM). */
    apple: z
      .strictObject({ teamId: z.string().regex(/^[A-Z0-9]{10}$/), keyId: z.string().regex(/^[A-Z0-9]{10}$/) })
      .optional(),
    /** Claims that tell the address and whether it was checked. */
    mapping: z
      .strictObject({ email: claimNameSchema, emailVerified: claimNameSchema })
      .default({ email: 'email', emailVerified: 'email_verified' }),
    /** Whether it signs people in anew when asked (`max_age`) and tells when (`auth_time`). Default: not for presets. */
    reauthenticates: z.boolean().optional(),
    ...trust,
    emails: trust.emails.optional(),
  })
  .meta({ id: 'OidcConnectionSettings' });
export type OidcSettings = z.infer<typeof oidcSettingsSchema>;

/** A certificate as PEM or as its base64 alone. */
const certificateSchema = z.string().min(100).max(10_000);
export const samlSettingsSchema = z
  .strictObject({
    /** `entityID` of the identity provider. */
    entityId: z.string().min(1).max(1_024),
    /** Where it takes authentication requests by redirect. */
    ssoUrl: urlSchema,
    /** Keys that may sign; several while one replaces another. */
    certificates: z.array(certificateSchema).min(1).max(10),
    /** Attribute that tells the address; null: the NameID is one. */
    mapping: z.strictObject({ email: claimNameSchema.nullable() }).default({ email: 'email' }),
    ...trust,
    emails: z.enum(['of_domains', 'never']).default('of_domains'),
  })
  .meta({ id: 'SamlConnectionSettings' });
export type SamlSettings = z.infer<typeof samlSettingsSchema>;
export type ConnectionSettings = OidcSettings | SamlSettings;

const shared = {
  /** As people read it: "Continue with …". */
  name: z.string().trim().min(1).max(60),
  status: z.enum(['active', 'disabled']).default('active'),
  /** Whether the sign-in page shows it to everybody. */
  listed: z.boolean().default(false),
  /** Whose people are led to it by their address. */
  domains: z.array(domainSchema).max(50).default([]),
};
const secretSchema = z.string().min(1).max(4_000).nullable().optional();
const oidcInput = z.strictObject({
  kind: z.literal('oidc'),
  ...shared,
  settings: oidcSettingsSchema,
  /** Never told again. Left out of a change: the one that is there stays; null: there is none. */
  secret: secretSchema,
});
const samlInput = z.strictObject({ kind: z.literal('saml'), ...shared, settings: samlSettingsSchema });
export const connectionInputSchema = z
  .discriminatedUnion('kind', [oidcInput, samlInput])
  .meta({ id: 'IdentityConnectionInput' });
export type ConnectionInput = z.infer<typeof connectionInputSchema>;

export const connectionSchema = z
  .strictObject({
    id: idSchema('identityProvider'),
    organisationId: z.string().nullable(),
    kind: z.enum(['oidc', 'saml']),
    name: z.string(),
    status: z.enum(['active', 'disabled']),
    listed: z.boolean(),
    domains: z.array(z.string()),
    settings: z.union([oidcSettingsSchema, samlSettingsSchema]),
    hasSecret: z.boolean(),
    /** What the provider has to be told of us. */
    ours: z.strictObject({
      /** Redirect address (OpenID Connect), assertion consumer service (SAML). */
      callbackUrl: z.string(),
      /** SAML: our `entityID`, which is where our metadata is. */
      metadataUrl: z.string().nullable(),
    }),
    version: z.int(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'IdentityConnection' });
export type Connection = z.infer<typeof connectionSchema>;
export const connectionListSchema = z
  .strictObject({ items: z.array(connectionSchema), next: z.string().nullable() })
  .meta({ id: 'IdentityConnectionList' });
export type ConnectionList = z.infer<typeof connectionListSchema>;
export const connectionTestSchema = z
  .strictObject({
    works: z.boolean(),
    /** What was looked at, and what was found. */
    findings: z.array(z.strictObject({ looked: z.string(), ok: z.boolean(), found: z.string() })),
  })
  .meta({ id: 'IdentityConnectionTest' });

export const organisationDomainInputSchema = z
  .strictObject({ domain: domainSchema })
  .meta({ id: 'OrganisationDomainInput' });
export const organisationDomainSchema = z
  .strictObject({
    domain: z.string(),
    /** Since when it is the organisation's; null: it is not. */
    verifiedAt: z.iso.datetime().nullable(),
    /** How long it is unless its record is seen again: we look each day. */
    verifiedUntil: z.iso.datetime().nullable(),
    /** The record that proves it, and has to stay. */
    record: z.strictObject({ type: z.literal('TXT'), name: z.string(), value: z.string() }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'OrganisationDomain' });
export const organisationDomainListSchema = z
  .strictObject({ items: z.array(organisationDomainSchema) })
  .meta({ id: 'OrganisationDomainList' });
export type OrganisationDomainList = z.infer<typeof organisationDomainListSchema>;

/** Metadata of a SAML identity provider, by its text or by where it is. */
export const samlMetadataInputSchema = z
  .union([z.strictObject({ xml: z.string().min(1).max(60_000) }), z.strictObject({ url: urlSchema })])
  .meta({ id: 'SamlMetadataInput' });
export const samlMetadataSchema = z
  .strictObject({ entityId: z.string(), ssoUrl: z.string(), certificates: z.array(z.string()) })
  .meta({ id: 'SamlMetadata' });

export const providerListSchema = z
  .strictObject({ items: z.array(providerSchema) })
  .meta({ id: 'ProviderList' });
export type ProviderList = z.infer<typeof providerListSchema>;
export const routeInputSchema = z.strictObject({ email: emailSchema }).meta({ id: 'FederationRouteInput' });
export const routeSchema = z
  .strictObject({ connection: providerSchema.nullable() })
  .meta({ id: 'FederationRoute' });

/** A secret of 256 bits that the browser keeps while it is at the provider. */
const browserSchema = z.string().regex(/^[\w-]{43}$/, 'must be 256 bits in base64url');
export const startInputSchema = z
  .strictObject({
    browser: browserSchema,
    /** `link` adds the identity to the account that is signed in. */
    purpose: z.enum(['sign_in', 'link']).default('sign_in'),
    /** Whether the provider is to ask for the person’s credentials anew. */
    fresh: z.boolean().default(false),
    /** Of `provider_required`: links the identity to the account that was signed in to. */
    challengeId: linkTokenSchema.optional(),
    /** Told again at the end. */
    returnTo: z
      .string()
      .max(4_000)
      .regex(/^\/(?![/\\])/, 'must be a path')
      .default('/'),
  })
  .meta({ id: 'FederationStartInput' });
export const startedSchema = z.strictObject({ location: z.string() }).meta({ id: 'FederationStarted' });

export const callbackInputSchema = z
  .strictObject({
    browser: browserSchema,
    /** What the provider sent with the browser, as a query or a form. */
    parameters: z.string().min(1).max(60_000),
  })
  .meta({ id: 'FederationCallbackInput' });

export const identitySchema = z
  .strictObject({
    id: idSchema('identity'),
    connection: providerSchema,
    /** Address or name at the provider; empty where it told none. */
    label: z.string(),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime(),
  })
  .meta({ id: 'Identity' });
export type Identity = z.infer<typeof identitySchema>;
export const identityListSchema = z
  .strictObject({ items: z.array(identitySchema) })
  .meta({ id: 'IdentityList' });

export const arrivedSchema = z
  .union([
    z.strictObject({
      status: z.literal('signed_in'),
      returnTo: z.string(),
      signedIn: signedInSchema,
    }),
    z.strictObject({ status: z.literal('linked'), returnTo: z.string(), identity: identitySchema }),
  ])
  .meta({ id: 'FederationArrived' });
export type Arrived = z.infer<typeof arrivedSchema>;

/** How somebody signs in, on one page. */
export const overviewSchema = z
  .strictObject({
    me: meSchema,
    passkeys: passkeyListSchema.shape.items,
    sessions: sessionListSchema.shape.items,
    identities: z.array(identitySchema),
    /** Providers that could be linked beside; `ofOrganisation`: whoever administers it can sign in as whoever links it. */
    linkable: z.array(providerSchema.extend({ ofOrganisation: z.boolean() })),
  })
  .meta({ id: 'AccountOverview' });
export type Overview = z.infer<typeof overviewSchema>;
