/** Where a product stands in its collection: those in order by hand first, the others behind them by id. */
export interface MemberPosition {
  position: number;
  productId: string;
}
/** Of what nobody has put in order. */
export const BEHIND = 1_000_000_000;
