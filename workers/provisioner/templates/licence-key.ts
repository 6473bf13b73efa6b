import { OWN_POLICY, UNDO_POLICY, type Template } from './template.ts';

/** One key a unit, issued by ourselves. */
export const licenceKeyTemplate: Template = {
  name: 'licence-key',
  version: 1,
  steps: [
    {
      name: 'issue-keys',
      action: 'licence-key.issue',
      inputs: { quantity: 'line.quantity', activationsMax: 'fulfilment.activationsMax' },
      ...OWN_POLICY,
      settle: null,
      undo: UNDO_POLICY,
      exhausted: { code: 'licence_unavailable', text: 'The licence key could not be made.' },
    },
  ],
  delivery: {
    type: { literal: 'licence-key' },
    keys: 'result.issue-keys.keys',
    activationsMax: 'fulfilment.activationsMax',
    validDays: 'fulfilment.validDays',
  },
};
