import { z } from 'zod';
import { type NamedTemplate, namedTemplateSchema } from '#shared/contracts/catalogue.ts';
import { json } from './json-column.ts';

/** Templates a product may name. */
export interface KnownTemplates {
  /** False: the provisioner has not told yet which there are, so nothing can be held against them. */
  told: boolean;
  byId: Map<string, NamedTemplate>;
}

/**
 * Those named (?1, ids), and those that the products with one of the handles (?2) or ids (?3) name already. One row at
 * least, of empty columns when there is none, which says whether there are any at all.
 */
export const TEMPLATES_NAMED = `
SELECT told, t.* FROM (SELECT EXISTS (SELECT 1 FROM provisioning_templates) AS told)
LEFT JOIN provisioning_templates AS t ON t.id IN (SELECT value FROM json_each(?1)
  UNION SELECT fulfilment->>'templateId' FROM products
  WHERE handle IN (SELECT value FROM json_each(?2)) OR id IN (SELECT value FROM json_each(?3)))`;

const rowSchema = namedTemplateSchema.extend({
  parameters: json(namedTemplateSchema.shape.parameters).nullable(),
});
const rowsSchema = z.array(z.object({ told: z.int(), id: z.string().nullable() }).loose());

export function templatesOf(results: readonly unknown[]): KnownTemplates {
  const rows = rowsSchema.parse(results);
  const templates = rows
    .filter(({ id }) => id !== null)
    .map(({ told: _told, ...row }) => rowSchema.parse(row));
  return { told: rows[0]?.told === 1, byId: new Map(templates.map((each) => [each.id, each])) };
}

/** Whether a product `p` can be made: it names no template, or one that is there. */
export const TEMPLATE_IS_THERE = `(p.fulfilment->>'templateId' IS NULL
  OR EXISTS (SELECT 1 FROM provisioning_templates AS t WHERE t.id = p.fulfilment->>'templateId')
  OR NOT EXISTS (SELECT 1 FROM provisioning_templates))`;

/** Keeps what the provisioner tells, each in its newest form; answers how many were not known like this. */
export async function keepTemplates(
  database: D1Database,
  templates: readonly NamedTemplate[],
): Promise<number> {
  const { meta } = await database
    .prepare(
      `INSERT INTO provisioning_templates (id, handle, kind, status, version, parameters)
       SELECT value->>'id', value->>'handle', value->>'kind', value->>'status', value->>'version', value->'parameters'
       FROM json_each(?1) WHERE true
       ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, status = excluded.status, version = excluded.version,
         parameters = excluded.parameters
       WHERE excluded.version > provisioning_templates.version
         OR (excluded.version = provisioning_templates.version AND excluded.status = 'archived'
           AND provisioning_templates.status = 'active')`,
    )
    .bind(JSON.stringify(templates))
    .run();
  return meta.changes;
}
