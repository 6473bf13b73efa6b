import type { OrganisationRole } from '#shared/auth/permissions.ts';
import type { MailText } from '../mails.ts';

/** Texts of the mails about organisations. Names hold no address of a page (`organisationNameSchema`). Pure. */
const ROLE_NAMES = {
  owner: 'an owner',
  admin: 'an administrator',
  buyer: 'a buyer',
  member: 'a member',
} as const satisfies Record<OrganisationRole, string>;

export const invitationMail = (
  origin: string,
  invited: { token: string; organisation: string; role: OrganisationRole; by: string },
): MailText => ({
  subject: `${invited.organisation} invites you`,
  lines: [
    `${invited.by} invites you to “${invited.organisation}” on Tradepost as ${ROLE_NAMES[invited.role]}.`,
    'Open this link within seven days, signed in with the address this mail went to. Without an account, sign up with it first.',
    'If you do not know them, do nothing.',
  ],
  link: `${origin}/invitation?token=${invited.token}`,
});

export const joinedMail = (organisation: string, role: OrganisationRole): MailText => ({
  subject: `You are now in ${organisation}`,
  lines: [`You accepted the invitation to “${organisation}” and are ${ROLE_NAMES[role]} of it.`],
});

/** To whoever invited. */
export const acceptedMail = (organisation: string, who: string, role: OrganisationRole): MailText => ({
  subject: `${who} joined ${organisation}`,
  lines: [`${who} accepted your invitation to “${organisation}” and is ${ROLE_NAMES[role]} of it now.`],
});

export const removedMail = (organisation: string): MailText => ({
  subject: `You are no longer in ${organisation}`,
  lines: [
    `You were removed from “${organisation}”. What belongs to it is not there for you any more; your own orders are.`,
  ],
});

export const leftMail = (organisation: string): MailText => ({
  subject: `You left ${organisation}`,
  lines: [
    `You left “${organisation}”. What belongs to it is not there for you any more; your own orders are.`,
    'If this was not you, choose a new password at once.',
  ],
});

export const roleMail = (organisation: string, role: OrganisationRole): MailText => ({
  subject: `Your role in ${organisation}`,
  lines: [
    `You are now ${ROLE_NAMES[role]} of “${organisation}”.`,
    ...(role === 'owner'
      ? [
          'Its identity provider signs owners in no more: sign in with a passkey or password here. If you have neither, get a code by mail on the sign-in page and add one.',
        ]
      : []),
  ],
});

export const handedOverMail = (organisation: string, to: string): MailText => ({
  subject: `${organisation} has a new owner`,
  lines: [
    `You handed “${organisation}” over to ${to} and are an administrator of it now.`,
    'If this was not you, choose a new password at once and write to us.',
  ],
});

export const closedMail = (organisation: string): MailText => ({
  subject: `${organisation} is closed`,
  lines: [
    `“${organisation}” was closed by one of its owners: nobody acts for it any more. An owner can open it again.`,
  ],
});

export const domainMissingMail = (domain: string, until: string): MailText => ({
  subject: `The record of ${domain} is missing`,
  lines: [
    `The TXT record that proves that ${domain} is your organisation’s is not there any more.`,
    `Put it back before ${until}, or nobody signs in by your provider with addresses of ${domain} from then on.`,
  ],
});

export const domainLostMail = (domain: string): MailText => ({
  subject: `${domain} is not proven any more`,
  lines: [
    `Your organisation does not prove any more that ${domain} is its own: nobody signs in by your provider with its addresses.`,
    'Prove it again on the page of the organisation, and name it in the connection.',
  ],
});
