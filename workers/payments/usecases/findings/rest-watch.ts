import type { Clock } from '#shared/time/time.ts';
import type { RestWatch } from '../ports.ts';
import type { FindingStore } from './ports.ts';

/** Money transferred beyond a payment that cannot be sent back is a finding, until it is gone. */
export const restWatch = (findings: Pick<FindingStore, 'put' | 'close'>, clock: Clock): RestWatch => ({
  stuck: ({ paymentId, orderId, detail }) =>
    findings.put(
      [{ code: 'rest_not_given_back', subject: paymentId, paymentId, orderId, detail }],
      null,
      clock.now(),
    ),
  gone: (paymentId) => findings.close([paymentId], ['rest_not_given_back'], clock.now()),
});
