import { PARTNER_POLICY, UNDO_POLICY, type Template } from './template.ts';

/** A service the partner sets up and runs. */
export const partnerServiceTemplate: Template = {
  name: 'partner-service',
  version: 1,
  steps: [
    {
      name: 'order-service',
      action: 'partner.order-service',
      inputs: {
        reference: 'line.lineId',
        plan: 'fulfilment.plan',
        parameters: 'customisation',
        quantity: 'line.quantity',
      },
      ...PARTNER_POLICY,
      settle: { attempts: 3, waitSeconds: [5, 20, 60, 120, 300, 600, 1_200] },
      undo: UNDO_POLICY,
      exhausted: {
        code: 'partner_unavailable',
        text: 'Our partner could not be reached, so the service was not set up.',
      },
    },
  ],
  delivery: {
    type: { literal: 'partner-service' },
    accessUrl: 'result.order-service.accessUrl',
    username: 'result.order-service.username',
    password: 'result.order-service.password',
    expiresAt: 'result.order-service.expiresAt',
    validDays: 'fulfilment.validDays',
  },
};
