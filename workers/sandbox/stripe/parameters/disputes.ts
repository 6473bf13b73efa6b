import { z } from 'zod';
import { EVIDENCE_NAMES } from '../documents/dispute.ts';
import { bool, expand, metadata, optionalText } from './common.ts';

export const updateDisputeParams = z.strictObject({
  evidence: z
    .strictObject({
      ...Object.fromEntries(EVIDENCE_NAMES.map((name) => [name, optionalText])),
      enhanced_evidence: z.unknown().optional(),
    })
    .optional(),
  /** Evidence is handed in at once unless told otherwise. */
  submit: bool.default(true),
  metadata: z.union([metadata, z.literal('')]).optional(),
  intended_submission_method: optionalText,
  expand,
});
