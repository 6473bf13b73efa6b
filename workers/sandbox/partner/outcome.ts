import type { PartnerOperation, PartnerOrder } from './schemas.ts';

/** How an operation ends: access data of a service, carrier and code of a parcel, or a refusal for good. */
export function outcomeOf(
  order: PartnerOrder,
  operationId: string,
  refused: boolean,
): Pick<PartnerOperation, 'state' | 'result' | 'error'> {
  if (refused) {
    return {
      state: 'failed',
      error: {
        code: 'refused',
        message: 'The partner cannot provide this.',
        permanent: true,
      },
    };
  }
  const token = operationId.slice(-12);
  if (order.kind === 'shipment') {
    return {
      state: 'succeeded',
      result: { carrier: 'Sandbox Post', trackingCode: `SP${token.toUpperCase()}` },
    };
  }
  return {
    state: 'succeeded',
    result: {
      accessUrl: `https://${token}.services.example.com`,
      username: `user-${token.slice(0, 6)}`,
      password: crypto.randomUUID(),
    },
  };
}
