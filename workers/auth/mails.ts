import type { Added } from './queries/added-since.ts';
import type { ChallengeAction } from '#shared/contracts/http/challenge.ts';

/** Texts of the mails this worker sends. Links are built from the configured origin alone. Pure. */
export interface MailText {
  subject: string;
  lines: string[];
  link?: string;
}

export const verifyMail = (origin: string, token: string): MailText => ({
  subject: 'Confirm your address',
  lines: ['Open this link within 30 minutes to finish creating your Tradepost account.'],
  link: `${origin}/verify-email?token=${token}`,
});

export const accountExistsMail = (origin: string): MailText => ({
  subject: 'You already have an account',
  lines: [
    'Someone, probably you, tried to create a Tradepost account with this address. It has one already: sign in.',
    `Forgotten the password? Ask for a new one at ${origin}/forgot-password.`,
  ],
  link: `${origin}/sign-in`,
});

export const resetMail = (origin: string, token: string): MailText => ({
  subject: 'Choose a new password',
  lines: [
    'Open this link within 30 minutes to choose a new password.',
    'If you did not ask for this, do nothing: your password stays as it is.',
  ],
  link: `${origin}/reset-password?token=${token}`,
});

const TAKEN: Record<keyof Added | 'addresses', string> = {
  passkeys: 'passkeys',
  authenticatorApps: 'an authenticator app',
  recoveryCodes: 'recovery codes',
  apiKeys: 'API keys',
  applications: 'applications that were let in',
  identities: 'sign-ins of other providers',
  organisationKeys: 'API keys of organisations',
  members: 'members and invitations of organisations',
  memberships: 'what those members did to your own place in them',
  providers: 'providers of organisations, which are disabled',
  addresses: 'another e-mail address',
};

type Counts = Partial<Record<keyof typeof TAKEN, number>>;
const listOf = (counts: Counts): string =>
  Object.entries(TAKEN)
    .filter(([what]) => (counts[what as keyof typeof TAKEN] ?? 0) > 0)
    .map(([, text]) => text)
    .join(', ');

/**
 * After "not me": what was taken back and put back, and the way to a new password. `keepsFactors`: passkeys or an app that were
 * added since are still there, or those that were removed are not back.
 */
export const takenBackMail = (
  origin: string,
  token: string,
  { taken, putBack, keepsFactors }: { taken: Counts; putBack: Counts; keepsFactors: boolean },
): MailText => {
  const [gone, back] = [listOf(taken), listOf(putBack)];
  return {
    subject: 'Choose a new password',
    lines: [
      'You told us that it was somebody else. Everybody is signed out, and the old password opens your account no more.',
      ...(gone === '' ? [] : [`We took back what was added since: ${gone}.`]),
      ...(back === '' ? [] : [`We put back what was removed: ${back}.`]),
      ...(keepsFactors
        ? [
            'A passkey or an authenticator app that was added since is still there, and one that was removed is not back. Unless that was you, open the link of our mail before again: it asks for what you signed in with before, and changes that too.',
          ]
        : []),
      'Open this link within 30 minutes to choose a new password. Passkeys you had before still work.',
    ],
    link: `${origin}/reset-password?token=${token}`,
  };
};

export const noAccountMail = (origin: string): MailText => ({
  subject: 'There is no account with this address',
  lines: [
    'Someone, probably you, asked for a new Tradepost password, but no account uses this address.',
    'If you have one under another address, ask again with that. If it was not you, do nothing.',
  ],
  link: `${origin}/sign-up`,
});

export const emailCodeMail = (code: string): MailText => ({
  subject: `${code} is your sign-in code`,
  lines: [
    `Your code is ${code}. It works once, within ten minutes, where you asked for it.`,
    'If you did not ask for it, do nothing, and give it to nobody: we never ask for it.',
  ],
});

export const confirmEmailMail = (origin: string, token: string): MailText => ({
  subject: 'Confirm your new address',
  lines: ['Open this link within 30 minutes, where you are signed in, to use this address for your account.'],
  link: `${origin}/confirm-email?token=${token}`,
});

/** To an address that somebody wanted for an account of theirs, and that has one already. */
export const addressTakenMail = (origin: string): MailText => ({
  subject: 'This address has an account',
  lines: ['Someone, probably you, wanted to use this address for another account. It has one already.'],
  link: `${origin}/sign-in`,
});

export const undoEmailMail = (origin: string, token: string): MailText => ({
  subject: 'Your account has a new address',
  lines: [
    'Your Tradepost account now uses another address; we write no more to this one.',
    'If this was not you, open this link within seven days: it takes the change back with all that was added to the account since, signs everybody out and lets you choose a new password.',
  ],
  link: `${origin}/undo-email?token=${token}`,
});

export const newDeviceMail = (origin: string, token: string, from: string): MailText => ({
  subject: 'A new device signed in to your account',
  lines: [`It was ${from}. If this was you, there is nothing to do.`, 'If it was not, open this link:'],
  link: `${origin}/not-me?token=${token}`,
});

export const guessingMail = (origin: string, token: string): MailText => ({
  subject: 'Somebody tries to guess your password',
  lines: [
    'Wrong passwords for your account came from several places within an hour. None was right, and we refuse more of them.',
    'If it was not you, this link signs everybody out and lets you choose a new password:',
  ],
  link: `${origin}/not-me?token=${token}`,
});

const PASS_PAGES: Record<ChallengeAction, string> = {
  sign_in: '/sign-in',
  sign_up: '/sign-up',
  password_reset: '/forgot-password',
  email_code: '/email-code',
};

/** For whoever could not solve a challenge; the same whether or not the address has an account. */
export const passMail = (origin: string, action: ChallengeAction, pass: string): MailText => ({
  subject: 'Go on with this link',
  lines: [
    'Too much was tried with this address lately, so we ask for a little more before we go on.',
    'Open this link within 30 minutes to go on where you were. If that was not you, do nothing: the link opens no account.',
  ],
  link: `${origin}${PASS_PAGES[action]}?pass=${pass}`,
});

export const accountDeletedMail = (): MailText => ({
  subject: 'Your account is deleted',
  lines: [
    'Your Tradepost account, all ways to sign in to it and what we knew of you are gone. What the law makes us keep of orders and payments names you no more than it has to. Thank you for having been with us.',
  ],
});

export const erasureAskedMail = (origin: string, token: string, until: string): MailText => ({
  subject: 'Your account will be deleted',
  lines: [
    `We were asked to delete your Tradepost account with all data that no law makes us keep. That happens on ${until}.`,
    `Until then you can take it back on your account page: ${origin}/account/data`,
    'If it was not you who asked, open this link: it takes the deletion back, signs everybody out and lets you choose a new password.',
  ],
  link: `${origin}/not-me?token=${token}`,
});

export const erasureCancelledMail = (): MailText => ({
  subject: 'Your account stays',
  lines: ['The deletion of your Tradepost account was taken back. Nothing was deleted.'],
});

export const erasureRefusedMail = (origin: string, obstacles: number): MailText => ({
  subject: 'Your account could not be deleted',
  lines: [
    `Nothing was deleted: ${obstacles === 1 ? 'something is' : `${obstacles} things are`} still under way. Your account page names what; ask again when it has ended.`,
  ],
  link: `${origin}/account/data`,
});

export const copyReadyMail = (origin: string, until: string): MailText => ({
  subject: 'The copy of your data is ready',
  lines: [`Sign in and fetch it on your account page until ${until}; then it is deleted.`],
  link: `${origin}/account/data`,
});

const NOTICES = {
  password_changed: 'Your password was changed, and other sessions were signed out.',
  passkey_added: 'A passkey was added to your account.',
  passkey_removed: 'A passkey was removed from your account.',
  identity_linked: 'Another provider was linked to your account: whoever signs in there can sign in here.',
  identity_unlinked: 'A provider was unlinked from your account; it signs you in no more.',
  totp_added: 'An authenticator app was added to your account; signing in by password now needs its code.',
  totp_removed: 'The authenticator app was removed from your account.',
  recovery_codes_renewed:
    'New recovery codes were made for your account; the older ones do not work any more.',
  passkey_suspicious:
    'A passkey of your account was refused: its counter went backwards, which can mean that it was copied.',
  password_removed: 'The password was removed from your account; passkeys open it now.',
  api_key_created:
    'An API key was made for your account: whoever holds it acts as you, within what it is for.',
  organisation_key_created:
    'An API key of your organisation was made in your name: whoever holds it acts for the organisation, within what it is for.',
  signed_out_by_reuse:
    'One of your sessions was ended: its key was used twice, which can mean that somebody had copied it.',
} as const;
export type Notice = keyof typeof NOTICES;
const STAFF_NOTICES = {
  roles_changed: 'An administrator changed what your account may do.',
  account_disabled: 'An administrator disabled your account.',
} as const;
export type StaffNotice = keyof typeof STAFF_NOTICES;

export const noticeMail = (origin: string, notice: Notice, token: string): MailText => ({
  subject: 'A change to your account',
  lines: [
    NOTICES[notice],
    'If this was you, there is nothing to do. If it was not, open this link within a week: it signs everybody out, takes back what was added to your account in the hour before and since, and lets you choose a new password.',
  ],
  link: `${origin}/not-me?token=${token}`,
});

export const staffNoticeMail = (notice: StaffNotice): MailText => ({
  subject: 'A change to your account',
  lines: [STAFF_NOTICES[notice]],
});

export const asText = ({ lines, link }: MailText): string =>
  [...lines, ...(link === undefined ? [] : [link])].join('\n\n');

export const asHtml = ({ lines, link }: MailText): string =>
  [
    ...lines.map((line) => `<p>${escaped(line)}</p>`),
    ...(link === undefined ? [] : [`<p><a href="${escaped(link)}">${escaped(link)}</a></p>`]),
  ].join('\n');

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
