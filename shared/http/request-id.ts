import { v7 } from 'uuid';
import { z } from 'zod';

export const REQUEST_ID_HEADER = 'x-request-id';
export const requestIdSchema = z.string().regex(/^[\w-]{8,64}$/);
export const newRequestId = (): string => v7();
