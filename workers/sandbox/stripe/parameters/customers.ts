import { z } from 'zod';
import { expand, metadata, optionalText } from './common.ts';

export const createCustomerParams = z.strictObject({
  email: optionalText,
  name: optionalText,
  description: optionalText,
  metadata: metadata.optional(),
  expand,
});
