import { z } from 'zod';

/** Names a group of goods that bear the same rates: `standard`, `reduced`, `books` … */
export const taxClassSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'must be lower-case letters, digits, - and _');
export const STANDARD_TAX_CLASS = 'standard';
/** Never taxed, whatever the rates say. */
export const EXEMPT_TAX_CLASS = 'exempt';
