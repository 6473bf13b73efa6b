/** What organisations' domains are proven by, and which nobody may have. Pure. */

/** Where the record stands: a label with an underscore is no host, so nobody gets it who was only given a host's name. */
export const recordName = (domain: string): string => `_tradepost-challenge.${domain}`;
export const recordValue = (token: string): string => `tradepost-domain-verification=${token}`;

/** Domains of mailboxes that anybody can have. Whoever runs them owns them, and their users' addresses all the same are not theirs. */
const MAILBOXES_FOR_ALL = new Set([
  '126.com',
  '163.com',
  'aol.com',
  'fastmail.com',
  'free.fr',
  'gmail.com',
  'gmx.at',
  'gmx.ch',
  'gmx.com',
  'gmx.de',
  'gmx.net',
  'googlemail.com',
  'hey.com',
  'hotmail.co.uk',
  'hotmail.com',
  'hotmail.fr',
  'icloud.com',
  'laposte.net',
  'libero.it',
  'live.com',
  'mac.com',
  'mail.com',
  'mail.ru',
  'mailbox.org',
  'me.com',
  'msn.com',
  'naver.com',
  'orange.fr',
  'outlook.com',
  'outlook.de',
  'outlook.fr',
  'pm.me',
  'posteo.de',
  'proton.me',
  'protonmail.com',
  'qq.com',
  'rocketmail.com',
  't-online.de',
  'tuta.com',
  'tutanota.com',
  'web.de',
  'yahoo.co.jp',
  'yahoo.co.uk',
  'yahoo.com',
  'yahoo.de',
  'yahoo.fr',
  'yandex.com',
  'yandex.ru',
  'ymail.com',
  'zoho.com',
]);
export const isForEverybody = (domain: string): boolean => MAILBOXES_FOR_ALL.has(domain);

/** What follows the `@`. */
export const domainOf = (email: string): string => email.slice(email.lastIndexOf('@') + 1);
