import { z } from 'zod';

export const sendMailSchema = z.strictObject({
  /** Null: the person who owns the product. */
  to: z.email().max(254).nullable().default(null),
  subject: z.string().trim().min(1).max(200),
  /** Plain text; an empty line parts paragraphs. */
  text: z.string().trim().min(1).max(20_000),
});
