import { z } from 'zod';

/** Names a group of customers; never changes, since price lists and promotions name it. */
export const groupHandleSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,59}$/, 'must be lower-case letters, digits, - and _')
  .meta({ example: 'business' });
