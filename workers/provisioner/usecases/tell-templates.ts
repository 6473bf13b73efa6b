import { NAMED_TEMPLATES_MAX } from '#shared/contracts/catalogue.ts';
import { log } from '#shared/observability/log.ts';
import type { Ports } from '../ports.ts';
import { templateOf } from '../queries/templates.ts';

/**
 * Tells the catalogue which templates there are, so that it refuses a product that names none of them. All of them each
 * time, because it cannot refuse by a part of them. Answers how many it did not know like this.
 */
export async function tellTemplates(ports: Ports, requestId: string): Promise<number> {
  const rows = await ports.registry.templates.all(NAMED_TEMPLATES_MAX);
  const templates = rows.map((row) => {
    const { id, handle, version, document } = templateOf(row);
    const { kind, parameters } = document;
    return { id, handle, kind, status: row.template.status, version, parameters };
  });
  return ports.catalogue.keepTemplates({ requestId }, { templates });
}

/** After a change. The change stands when the catalogue cannot be told: the next sweep tells it again. */
export async function tellTemplatesNow(ports: Ports, requestId: string): Promise<void> {
  await tellTemplates(ports, requestId).catch((error: unknown) =>
    log.error('catalogue not told of templates', { requestId, error }),
  );
}
