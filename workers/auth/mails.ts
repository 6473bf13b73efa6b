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

export const noAccountMail = (origin: string): MailText => ({
  subject: 'There is no account with this address',
  lines: [
    'Someone, probably you, asked for a new Tradepost password, but no account uses this address.',
    'If you have one under another address, ask again with that. If it was not you, do nothing.',
  ],
  link: `${origin}/sign-up`,
});

const NOTICES = {
  password_changed: 'Your password was changed, and other sessions were signed out.',
  passkey_added: 'A passkey was added to your account.',
  passkey_removed: 'A passkey was removed from your account.',
  totp_added: 'An authenticator app was added to your account; signing in by password now needs its code.',
  totp_removed: 'The authenticator app was removed from your account.',
  recovery_codes_renewed:
    'New recovery codes were made for your account; the older ones do not work any more.',
  passkey_suspicious:
    'A passkey of your account was refused: its counter went backwards, which can mean that it was copied.',
  roles_changed: 'An administrator changed what your account may do.',
  account_disabled: 'An administrator disabled your account.',
} as const;
export type Notice = keyof typeof NOTICES;

export const noticeMail = (origin: string, notice: Notice): MailText => ({
  subject: 'A change to your account',
  lines: [
    NOTICES[notice],
    `If this was not you, choose a new password at ${origin}/forgot-password at once.`,
  ],
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
