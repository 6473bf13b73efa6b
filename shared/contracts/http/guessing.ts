import { z } from 'zod';
import { idSchema } from '#shared/ids/ids.ts';

/** Signs that passwords are being guessed or tried out; each is given once a day for one account, network or range. */
export const GUESSING_SIGNALS = [
  /** One account fails from many networks. */
  'many_networks',
  /** One network fails at many accounts. */
  'many_accounts',
  /** The networks of one range fail at many accounts. */
  'many_accounts_in_range',
  /** Far more wrong passwords than usual on the whole site. */
  'site',
] as const;

export const guessingSignalSchema = z
  .strictObject({
    id: idSchema('guessingSignal'),
    kind: z.enum(GUESSING_SIGNALS),
    /** Account that was tried as the signal was given; null: none has that address. */
    accountId: idSchema('user').nullable(),
    /** Network it was tried from: an IPv4 address or an IPv6 /64. */
    network: z.string(),
    at: z.iso.datetime(),
  })
  .meta({ id: 'GuessingSignal' });
export const guessingSignalPageSchema = z
  .strictObject({ items: z.array(guessingSignalSchema), next: z.string().nullable() })
  .meta({ id: 'GuessingSignalPage' });
