const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Short number for people, from the random end of the order's id: `TP-` and eight of Crockford's base 32 (40 bits). */
export function orderNumber(orderId: string): string {
  let rest = BigInt(`0x${orderId.slice(-10)}`);
  let text = '';
  for (let digit = 0; digit < 8; digit += 1) {
    text = `${CROCKFORD[Number(rest % 32n)] ?? '0'}${text}`;
    rest /= 32n;
  }
  return `TP-${text}`;
}
