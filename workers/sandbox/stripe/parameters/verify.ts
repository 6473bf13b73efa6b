import { z } from 'zod';
import { expand, integer, optionalText } from './common.ts';

export const verifyParams = z.strictObject({
  /** Minor units. */
  amounts: z.array(integer).max(2).optional(),
  descriptor_code: z
    .string()
    .regex(/^SM\w{4}$/i, 'not a code of six characters that begins with SM')
    .optional(),
  client_secret: optionalText,
  key: optionalText,
  expand,
});
