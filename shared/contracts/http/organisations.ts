import { z } from 'zod';
import { ORGANISATION_KEY_SCOPES, type Permission } from '#shared/auth/permissions.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { emailSchema, linkSchema, organisationRoleSchema, organisationSchema } from './auth.ts';
import { apiKeyInputSchema, apiKeyListSchema, newApiKeySchema } from './oauth.ts';

const NAME_CHARACTERS_MAX = 80;
/** It stands in mails to people who do not know it: nothing that a mail program would make a link or a new line of. */
export const organisationNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(NAME_CHARACTERS_MAX)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}<>]+$/u, 'must be one line, without < and >')
  .refine((name) => !/:\/\/|www\.|@|\w\.[a-z]{2,}(\/|$)/iu.test(name), 'must hold no address');

export const organisationInputSchema = z
  .strictObject({ name: organisationNameSchema })
  .meta({ id: 'OrganisationInput' });
export const organisationListSchema = z
  .strictObject({ items: z.array(organisationSchema) })
  .meta({ id: 'OrganisationList' });

export const organisationMemberSchema = z
  .strictObject({
    accountId: idSchema('user'),
    email: z.string(),
    role: organisationRoleSchema,
    joinedAt: z.iso.datetime(),
  })
  .meta({ id: 'OrganisationMember' });
const next = z.string().nullable();
export const organisationMemberListSchema = z
  .strictObject({ items: z.array(organisationMemberSchema), next })
  .meta({ id: 'OrganisationMemberList' });
export type OrganisationMemberList = z.infer<typeof organisationMemberListSchema>;
export const memberRoleSchema = z.strictObject({ role: organisationRoleSchema }).meta({ id: 'MemberRole' });
export const handOverSchema = z.strictObject({ accountId: idSchema('user') }).meta({ id: 'HandOver' });

export const invitationInputSchema = z
  .strictObject({
    email: emailSchema.meta({ example: 'grace@example.org' }),
    role: organisationRoleSchema.default('member'),
  })
  .meta({ id: 'InvitationInput' });
export const invitationSchema = z
  .strictObject({
    id: idSchema('invitation'),
    email: z.string(),
    role: organisationRoleSchema,
    invitedBy: idSchema('user'),
    createdAt: z.iso.datetime(),
    sentAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Invitation' });
export const invitationListSchema = z
  .strictObject({ items: z.array(invitationSchema), next })
  .meta({ id: 'InvitationList' });
export type InvitationList = z.infer<typeof invitationListSchema>;
export const invitationLinkSchema = linkSchema.meta({ id: 'InvitationLink' });
/** What the holder of a link reads before they decide. */
export const invitationLookSchema = z
  .strictObject({
    organisation: z.string(),
    role: organisationRoleSchema,
    email: z.string(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'InvitationLook' });

export const organisationKeyInputSchema = apiKeyInputSchema
  .extend({
    scopes: z
      .array(z.enum(ORGANISATION_KEY_SCOPES as [Permission, ...Permission[]]))
      .min(1)
      .max(20),
  })
  .meta({ id: 'OrganisationKeyInput' });
const createdBy = idSchema('user');
export const organisationKeyListSchema = z
  .strictObject({ items: z.array(apiKeyListSchema.shape.items.element.extend({ createdBy })) })
  .meta({ id: 'OrganisationKeyList' });
export const newOrganisationKeySchema = newApiKeySchema
  .extend({ createdBy })
  .meta({ id: 'NewOrganisationKey' });
