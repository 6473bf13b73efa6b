import { z } from '@hono/zod-openapi';
import {
  templateSummarySchema,
  templateVersionSchema,
  type TemplateSummary,
} from '#shared/contracts/http/provisioning-templates.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { TemplateWithVersion } from '../usecases/templates.ts';
import { templateDocumentSchema } from '../templates/template.ts';

/** A template with one of its versions, whole. */
export const templateSchema = templateSummarySchema
  .extend({ version: templateVersionSchema, document: templateDocumentSchema })
  .meta({ id: 'ProvisioningTemplate' });

export const statedVersionSchema = z.strictObject({
  document: templateDocumentSchema,
  /** Why, for whoever compares versions later. */
  note: z.string().trim().min(1).max(300),
});

export function summaryView({ template, version }: TemplateWithVersion): TemplateSummary {
  const { title, kind } = templateDocumentSchema.parse(version.document);
  return {
    id: template.id,
    handle: template.handle,
    status: template.status,
    title,
    kind,
    currentVersion: template.currentVersion,
    createdAt: rfc3339(template.createdAt),
    updatedAt: rfc3339(template.updatedAt),
  };
}

export const templateView = (found: TemplateWithVersion): z.infer<typeof templateSchema> => ({
  ...summaryView(found),
  version: versionView(found.version),
  document: templateDocumentSchema.parse(found.version.document),
});

export const versionView = (row: {
  version: number;
  note: string;
  writtenBy: string | null;
  createdAt: number;
}): z.infer<typeof templateVersionSchema> => ({
  version: row.version,
  note: row.note,
  writtenBy: row.writtenBy,
  createdAt: rfc3339(row.createdAt),
});
