import { BROKER_PLANS, BROKER_SERVICE } from '#shared/testing/service-broker/catalogue.ts';

/*
 * What is sold of the sandbox's partners: a database of its service broker, and goods of its warehouse.
 */

export const DEMO_BROKER = { handle: 'demo-cloud', path: '/broker' };
export const DEMO_WAREHOUSE = { handle: 'demo-warehouse', path: '/fulfilment' };

const retry = { limit: 6, delaySeconds: 2, backoff: 'exponential' };
const policy = { retry, timeoutSeconds: 60 };
const settle = { attempts: 2, waitSeconds: [2, 5, 15, 60, 300, 900] };
const atBroker = {
  connection: { value: DEMO_BROKER.handle },
  serviceId: { value: BROKER_SERVICE.id },
  planId: { value: BROKER_PLANS.slow },
};

export const DEMO_TEMPLATES = [
  {
    handle: 'demo-database',
    note: 'A database of a service broker, with its credentials.',
    document: {
      title: 'A database of the service broker',
      kind: 'service',
      steps: [
        {
          ...policy,
          name: 'provision',
          title: 'Setting your database up',
          connector: 'broker',
          operation: 'provision',
          inputs: { ...atBroker, parameters: { from: '/customisation' } },
          settle,
          undo: policy,
          exhausted: { code: 'database_unavailable', text: 'No database could be set up.' },
        },
        {
          ...policy,
          name: 'bind',
          title: 'Making your access',
          connector: 'broker',
          operation: 'bind',
          after: ['provision'],
          inputs: { ...atBroker, serviceInstance: { from: '/results/provision/serviceInstance' } },
          settle,
          undo: policy,
          exhausted: { code: 'database_unavailable', text: 'No access to the database could be made.' },
        },
      ],
      delivery: {
        type: 'custom',
        fields: {
          uri: { from: '/results/bind/credentials/uri' },
          username: { from: '/results/bind/credentials/username' },
          password: { from: '/results/bind/credentials/password' },
          dashboard: { from: '/results/provision/dashboardUrl' },
        },
        labels: {
          uri: { label: 'Address' },
          username: { label: 'User name' },
          password: { label: 'Password', secret: true },
          dashboard: { label: 'Dashboard' },
        },
      },
    },
  },
  {
    handle: 'demo-warehouse',
    note: 'Goods that the warehouse sends, parcel by parcel.',
    document: {
      title: 'Goods of the warehouse',
      kind: 'physical',
      steps: [
        {
          ...policy,
          name: 'ship',
          title: 'Packing and sending it',
          connector: 'fulfilment',
          operation: 'ship',
          inputs: {
            connection: { value: DEMO_WAREHOUSE.handle },
            reference: { from: '/line/lineId' },
            address: { from: '/line/shippingAddress' },
            weightGrams: { multiply: ['/fulfilment/weightGrams', '/line/quantity'] },
            sku: { from: '/line/sku' },
            title: { from: '/line/title' },
            quantity: { from: '/line/quantity' },
          },
          settle,
          undo: policy,
          exhausted: { code: 'warehouse_unavailable', text: 'Our warehouse did not send it.' },
        },
      ],
      delivery: {
        type: 'parcel',
        fields: {
          carrier: { from: '/results/ship/carrier' },
          trackingCode: { from: '/results/ship/trackingCode' },
          address: { from: '/line/shippingAddress' },
        },
      },
    },
  },
] as const;

const prices = (amount: number) => [
  { amount, currency: 'EUR' },
  { amount: Math.round(amount * 1.1), currency: 'USD' },
];

/** `templateOf`: ids of the templates above, by handle. */
export const demoPartnerProducts = (templateOf: (handle: string) => string) => [
  {
    handle: 'database-of-your-own',
    kind: 'service',
    title: 'Database of your own',
    summary: 'A PostgreSQL machine for one customer, set up while you wait.',
    descriptionHtml: '<p>A machine of its own, backed up each night; credentials are shown to you alone.</p>',
    vendor: 'Demo Cloud',
    tags: ['database', 'hosting'],
    customisationSchema: {
      type: 'object',
      properties: {
        name: { type: 'string', title: 'Name', maxLength: 63 },
        sizeGb: { type: 'integer', title: 'Size in GB', minimum: 1, maximum: 100 },
      },
      additionalProperties: false,
    },
    fulfilment: { template: 'custom', templateId: templateOf('demo-database'), parameters: {} },
    variants: [{ sku: 'DB-SLOW', prices: prices(1_900) }],
  },
  {
    handle: 'field-notebook-set',
    kind: 'physical',
    title: 'Field notebook set',
    summary: 'Three waterproof notebooks, sent from the warehouse as soon as they are packed.',
    descriptionHtml: '<p>Stone paper, stitched, with a grid that photographs well.</p>',
    vendor: 'Demo Warehouse',
    tags: ['stationery'],
    fulfilment: { template: 'parcel', weightGrams: 420, templateId: templateOf('demo-warehouse') },
    variants: [{ sku: 'NOTE-SET', prices: prices(2_400) }],
  },
];
