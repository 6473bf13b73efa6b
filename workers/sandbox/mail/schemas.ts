import { z } from 'zod';

const RECIPIENTS_MAX = 50;
const addressList = z
  .union([z.string(), z.array(z.string()).min(1).max(RECIPIENTS_MAX)])
  .transform((to) => (typeof to === 'string' ? [to] : to))
  .refine((list) => list.every((address) => /^[^\s@]+@[^\s@]+$|<[^\s@]+@[^\s@]+>$/.test(address)), {
    message: 'Invalid `to` field. The email address needs to follow the `email@example.com` format.',
  });

/** Body of `POST /emails` (https://resend.com/docs/api-reference/emails/send-email). */
export const mailInputSchema = z.object({
  from: z.string().min(1),
  to: addressList,
  subject: z.string(),
  html: z.string().default(''),
  text: z.string().default(''),
});
export type MailInput = z.infer<typeof mailInputSchema>;

export interface StoredMail {
  id: string;
  from: string;
  to: string[];
  subject: string;
  text: string;
  html: string;
  /** RFC 3339 UTC. */
  at: string;
}
