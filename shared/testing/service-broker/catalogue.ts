/** A small catalogue with a plan for each way in which a broker may work. `asynchronous` is read by the broker itself. */
export const BROKER_SERVICE = {
  id: '5f8b1d3a-0c41-4b6e-9f5e-3d3f2a6b7c10',
  name: 'database',
  description: 'A database of your own',
  bindable: true,
  instances_retrievable: true,
  bindings_retrievable: true,
  plan_updateable: true,
} as const;

export const BROKER_PLANS = {
  quick: '0c0ffee0-0000-4000-8000-000000000001',
  slow: '0c0ffee0-0000-4000-8000-000000000002',
  large: '0c0ffee0-0000-4000-8000-000000000003',
} as const;

const SIZES = {
  $schema: 'http://json-schema.org/draft-04/schema#',
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 63 },
    sizeGb: { type: 'integer', minimum: 1, maximum: 100 },
  },
  additionalProperties: false,
};
const schemas = {
  service_instance: { create: { parameters: SIZES }, update: { parameters: SIZES } },
  service_binding: {
    create: {
      parameters: {
        $schema: 'http://json-schema.org/draft-04/schema#',
        type: 'object',
        properties: { readOnly: { type: 'boolean' } },
        additionalProperties: false,
      },
    },
  },
};

export interface CataloguePlan {
  id: string;
  name: string;
  description: string;
  free?: boolean;
  binding_rotatable?: boolean;
  maximum_polling_duration?: number;
  schemas?: object;
  metadata: { asynchronous: boolean };
}
export const brokerCatalogue = (): { services: ({ plans: CataloguePlan[] } & typeof BROKER_SERVICE)[] } => ({
  services: [
    {
      ...BROKER_SERVICE,
      plans: [
        {
          id: BROKER_PLANS.quick,
          name: 'quick',
          description: 'Shared, there at once',
          free: false,
          binding_rotatable: true,
          schemas,
          metadata: { asynchronous: false },
        },
        {
          id: BROKER_PLANS.slow,
          name: 'slow',
          description: 'A machine of its own, there after a while',
          free: false,
          maximum_polling_duration: 3_600,
          schemas,
          metadata: { asynchronous: true },
        },
        {
          id: BROKER_PLANS.large,
          name: 'large',
          description: 'Shared, and more of it',
          free: false,
          schemas,
          metadata: { asynchronous: false },
        },
      ],
    },
  ],
});
