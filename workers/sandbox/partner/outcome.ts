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
  const token = tokenOf(operationId);
  if (order.kind === 'shipment') {
    return {
      state: 'succeeded',
      result: { carrier: 'Sandbox Post', trackingCode: `SP${token.toUpperCase()}` },
    };
  }
  return { state: 'succeeded', result: accessOf(token) };
}

/** What a service is reached by; the password is a new one each time. */
const accessOf = (token: string): Record<string, string> => ({
  accessUrl: `https://${token}.services.example.com`,
  username: `user-${token.slice(0, 6)}`,
  password: crypto.randomUUID(),
});
/** Of an operation or of what it made: they share it. */
const tokenOf = (id: string): string => id.slice(-12);
export const newAccess = (serviceId: string): Record<string, string> => accessOf(tokenOf(serviceId));
