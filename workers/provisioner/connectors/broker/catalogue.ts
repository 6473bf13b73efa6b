import { z } from 'zod';
import type { PlanOffer } from '#shared/contracts/http/service-brokers.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';

/** Of what a broker says we keep what we use; further fields are its own business. */
const text = z.string().min(1);
const TEXT_MAX = 500;
const shortText = text.transform((given) => given.slice(0, TEXT_MAX));
const inputSchema = z.object({ parameters: z.record(z.string(), z.unknown()).nullish() }).nullish();
const planSchema = z.object({
  id: text.max(200),
  name: shortText,
  description: shortText,
  free: z.boolean().nullish(),
  bindable: z.boolean().nullish(),
  binding_rotatable: z.boolean().nullish(),
  plan_updateable: z.boolean().nullish(),
  maximum_polling_duration: z.int().min(0).nullish(),
  schemas: z
    .object({
      service_instance: z.object({ create: inputSchema, update: inputSchema }).nullish(),
      service_binding: z.object({ create: inputSchema }).nullish(),
    })
    .nullish(),
});
const serviceSchema = z.object({
  id: text.max(200),
  name: shortText,
  bindable: z.boolean(),
  bindings_retrievable: z.boolean().nullish(),
  plan_updateable: z.boolean().nullish(),
  plans: z.array(planSchema).min(1),
});
const PLANS_MAX = 1_000;
/** What `GET /v2/catalog` answers (Open Service Broker API 2.17, "Catalog Management"). */
export const catalogueSchema = z
  .object({ services: z.array(serviceSchema) })
  .refine(({ services }) => isUnique(services.map(({ id }) => id)), 'two services have one id')
  .refine(({ services }) => isUnique(services.flatMap(({ plans }) => plans.map(({ id }) => id))), {
    message: 'two plans have one id',
  })
  .refine(({ services }) => services.flatMap(({ plans }) => plans).length <= PLANS_MAX, 'too many plans');
type Catalogue = z.infer<typeof catalogueSchema>;

const isUnique = (ids: readonly string[]): boolean => new Set(ids).size === ids.length;

export interface OfferedPlan {
  planId: string;
  serviceId: string;
  offer: PlanOffer;
}

/** Every plan of a catalogue. Pure. */
export const offersOf = ({ services }: Catalogue): OfferedPlan[] =>
  services.flatMap((service) =>
    service.plans.map((plan) => ({
      planId: plan.id,
      serviceId: service.id,
      offer: {
        service: service.name,
        plan: plan.name,
        description: plan.description,
        free: plan.free ?? true,
        bindable: plan.bindable ?? service.bindable,
        bindingsRetrievable: service.bindings_retrievable ?? false,
        bindingRotatable: plan.binding_rotatable ?? false,
        planUpdateable: plan.plan_updateable ?? service.plan_updateable ?? false,
        pollingSecondsMax: plan.maximum_polling_duration ?? null,
        schemas: {
          provision: plan.schemas?.service_instance?.create?.parameters ?? null,
          update: plan.schemas?.service_instance?.update?.parameters ?? null,
          bind: plan.schemas?.service_binding?.create?.parameters ?? null,
        },
      },
    })),
  );

export type PlanChange = OfferedPlan & {
  what: 'added' | 'changed' | 'withdrawn' | 'returned';
};

/** What differs between the plans that are known and those offered now; a plan is the same by its id alone. Pure. */
export function catalogueChanges(
  known: readonly (OfferedPlan & { status: 'offered' | 'withdrawn' })[],
  offered: readonly OfferedPlan[],
): PlanChange[] {
  const before = new Map(known.map((plan) => [plan.planId, plan]));
  const now = new Set(offered.map(({ planId }) => planId));
  const came = offered.flatMap((plan): PlanChange[] => {
    const earlier = before.get(plan.planId);
    if (earlier === undefined) return [{ ...plan, what: 'added' }];
    if (earlier.status === 'withdrawn') return [{ ...plan, what: 'returned' }];
    const isSame =
      earlier.serviceId === plan.serviceId && canonicalJson(earlier.offer) === canonicalJson(plan.offer);
    return isSame ? [] : [{ ...plan, what: 'changed' }];
  });
  const left = known
    .filter(({ planId, status }) => status === 'offered' && !now.has(planId))
    .map(({ planId, serviceId, offer }) => ({ planId, serviceId, offer, what: 'withdrawn' as const }));
  return [...came, ...left];
}
