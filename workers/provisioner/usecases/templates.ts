import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Fulfilment } from '#shared/domain/product.ts';
import type { Ports } from '../ports.ts';
import { templateOf, type TemplateKey, type TemplateWithVersion } from '../queries/templates.ts';
import type { TemplateFault } from '../templates/check-mapping.ts';
import { templateFaults } from '../templates/check.ts';
import { offerFaults } from './offer-faults.ts';
import type { Template, TemplateDocument } from '../templates/template.ts';

export type { TemplateWithVersion };
export type TemplateError =
  | 'unknown_template'
  | 'template_archived'
  | 'template_changed'
  | 'handle_taken'
  | 'key_reused'
  | 'usual_template'
  | { code: 'template_faulty'; faults: TemplateFault[] };

export interface StatedVersion {
  document: TemplateDocument;
  note: string;
  by: string;
}

/** Makes a template. `id` follows from the idempotency key, so that a repeat finds what the first one made. */
export async function createTemplate(
  ports: Ports,
  id: string,
  handle: string,
  { document, note, by }: StatedVersion,
): Promise<Result<{ made: TemplateWithVersion; replayed: boolean }, TemplateError>> {
  const faults = await allFaults(ports, document);
  if (faults.length > 0) return fail({ code: 'template_faulty', faults });
  const { templates } = ports.registry;
  const known = await templates.get({ id }, 1);
  if (known === null) {
    const now = ports.clock.now();
    await templates.create({ templateId: id, document, note, writtenBy: by, now }, handle);
  }
  const made = known ?? (await templates.get({ id }, 1));
  if (made === null) return fail('handle_taken');
  if (made.template.handle !== handle || !isSame(made.version.document, document)) return fail('key_reused');
  return ok({ made, replayed: known !== null });
}

/** A further version, which new orders use from now on. The very same content again makes none. */
export async function addVersion(
  ports: Ports,
  id: string,
  readVersion: number | null,
  { document, note, by }: StatedVersion,
): Promise<Result<TemplateWithVersion, TemplateError>> {
  const faults = await allFaults(ports, document);
  if (faults.length > 0) return fail({ code: 'template_faulty', faults });
  const { templates } = ports.registry;
  const known = await templates.get({ id });
  if (known === null) return fail('unknown_template');
  if (known.template.status === 'archived') return fail('template_archived');
  if (isSame(known.version.document, document)) return ok(known);
  const after = known.template.currentVersion;
  if (readVersion !== null && readVersion !== after) return fail('template_changed');
  const version = { templateId: id, document, note, writtenBy: by, now: ports.clock.now() };
  if (!(await templates.addVersion(version, after))) return fail('template_changed');
  const added = await templates.get({ id }, after + 1);
  return added === null ? fail('unknown_template') : ok(added);
}

/** Its form first: what is well-formed is held against what partners offer. */
async function allFaults(ports: Ports, document: TemplateDocument): Promise<TemplateFault[]> {
  const faults = templateFaults(document);
  return faults.length > 0 ? faults : offerFaults(ports, document);
}

/** No product may refer to it any more; orders that began with it go on. Safe to repeat. */
export async function archiveTemplate(
  ports: Ports,
  id: string,
  readVersion: number | null,
): Promise<Result<null, TemplateError>> {
  const { templates } = ports.registry;
  const known = await templates.get({ id });
  if (known === null) return fail('unknown_template');
  if (known.template.status === 'archived') return ok(null);
  if (isUsual(known.template.handle)) return fail('usual_template');
  const done = await templates.archive(id, readVersion, ports.clock.now());
  return done ? ok(null) : fail('template_changed');
}

/** The template a product is made by: the one it names, else the usual one of what it delivers. Null: there is none. */
export async function templateFor(ports: Ports, fulfilment: Fulfilment): Promise<Template | null> {
  const key: TemplateKey =
    fulfilment.templateId === undefined ? { handle: fulfilment.template } : { id: fulfilment.templateId };
  const found = await ports.registry.templates.get(key);
  return found === null ? null : templateOf(found);
}

/** Products name these by what they deliver, not by id: they cannot go. */
const USUAL = [
  'licence-key',
  'download',
  'partner-service',
  'parcel',
  'gift-card',
] as const satisfies readonly Exclude<Fulfilment['template'], 'custom'>[];
const isUsual = (handle: string): boolean => USUAL.some((usual) => usual === handle);

const isSame = (one: unknown, other: unknown): boolean => canonicalJson(one) === canonicalJson(other);
