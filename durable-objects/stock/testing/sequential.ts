import type { Model } from '#shared/testing/linearizability.ts';

export type StockInput =
  | { act: 'hold' | 'commit'; order: number; quantity: number }
  | { act: 'giveBack' | 'expire'; order: number }
  | { act: 'restock'; quantity: number };
/** Of a hold or sale: was it granted? Everything else just happens. */
export type StockOutput = boolean;

interface State {
  free: number;
  /** By order: units and what became of them. */
  orders: Readonly<Record<number, { quantity: number; state: 'held' | 'sold' | 'expired' | 'closed' }>>;
}

/** What the stock of one SKU must look like from outside, whoever keeps it: one shelf, one call at a time. */
export const sequentialStock = (units: number): Model<State, StockInput, StockOutput> => ({
  initial: { free: units, orders: {} },
  key: ({ free, orders }) =>
    `${free}:${Object.entries(orders)
      .map(([order, { quantity, state }]) => `${order}${state[0]}${quantity}`)
      .join(',')}`,
  step(state, input, output) {
    if (input.act === 'restock') return { ...state, free: state.free + input.quantity };
    const present = state.orders[input.order];
    const becomes = (free: number, entry: State['orders'][number]): State => ({
      free,
      orders: { ...state.orders, [input.order]: entry },
    });
    if (input.act === 'expire') {
      if (present?.state !== 'held') return null;
      return becomes(state.free + present.quantity, { quantity: present.quantity, state: 'expired' });
    }
    if (input.act === 'giveBack') {
      const has = present?.state === 'held' || present?.state === 'sold';
      return becomes(state.free + (has ? present.quantity : 0), { quantity: 0, state: 'closed' });
    }
    const quantity = 'quantity' in input ? input.quantity : 0;
    const owns = present?.state === 'held' || present?.state === 'sold';
    const granted = present?.state !== 'closed' && (owns || state.free >= quantity);
    if (output !== undefined && output !== granted) return null;
    if (!granted) return state;
    const sold = input.act === 'commit' || present?.state === 'sold';
    return becomes(owns ? state.free : state.free - quantity, { quantity, state: sold ? 'sold' : 'held' });
  },
});
