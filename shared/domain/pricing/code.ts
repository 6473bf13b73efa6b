import { z } from 'zod';

/** A promotion code as it is kept and compared: capitals, no spaces around. */
export const codeSchema = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z0-9][A-Z0-9_-]{1,39}$/, 'must be 2 to 40 letters, digits, - and _')
  .meta({ example: 'WELCOME10' });
