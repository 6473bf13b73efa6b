import type { Ledger, OutsideMove } from './document.ts';

/** More of one payment are added to the last: nothing of the sum is lost, and the order still fits into its row. */
const MOVES_MAX = 60;

/** Writes down that money went back past the order, or came back: when and how much, which a sum cannot tell later. */
export function movedOutside(ledger: Ledger, move: OutsideMove): void {
  if (move.amount === 0) return;
  const moves = ledger.outsideMoves ?? [];
  const last = moves.at(-1);
  ledger.outsideMoves =
    last !== undefined && moves.length >= MOVES_MAX
      ? [...moves.slice(0, -1), { ...last, at: move.at, amount: last.amount + move.amount }]
      : [...moves, move];
}
