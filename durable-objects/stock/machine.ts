/**
 * The arithmetic of the units one object has of a SKU. Pure. Units lie at locations; there they are free, held for an
 * order, or sold (they have left `onHand`). Never below zero; held units that are still there are never promised twice.
 * What was promised beyond them waits in a queue, first come first served.
 */
export interface Place {
  code: string;
  /** Units are taken from the lowest first. */
  priority: number;
  onHand: number;
  held: number;
}
/** Never empty, in order of priority. */
export type Shelf = readonly Place[];
export type HoldState = 'held' | 'expired' | 'committed' | 'released' | 'returned';
/** Units by location. */
export type Units = Readonly<Record<string, number>>;
export interface Hold {
  lineId: string;
  quantity: number;
  state: HoldState;
  /** Where its units were taken; fewer than `quantity`: the rest is on backorder. */
  taken: Units;
}
export interface Wanted {
  lineId: string;
  quantity: number;
}
export type MoveType =
  | 'count'
  | 'restock'
  | 'transfer'
  | 'hold'
  | 'release'
  | 'expire'
  | 'sale'
  | 'return'
  | 'allocate'
  | 'lease_out'
  | 'lease_in';
/** One line of the ledger: the sum of all moves is the shelf. */
export interface Move {
  type: MoveType;
  location: string;
  onHand: number;
  held: number;
  lineId: string | null;
}
export interface Moved {
  shelf: Shelf;
  moves: Move[];
}
export type Taken =
  | (Moved & { ok: true; holds: Hold[] })
  /** `lineId` is the first line that does not fit any more; `available` counts what could be promised to it. */
  | { ok: false; lineId: string; available: number };

export const onHandOf = (shelf: Shelf): number => shelf.reduce((sum, place) => sum + place.onHand, 0);
export const heldOf = (shelf: Shelf): number => shelf.reduce((sum, place) => sum + place.held, 0);
/** A count below what is held at one place uses up what is free at the others. */
export const availableOf = (shelf: Shelf): number => Math.max(0, onHandOf(shelf) - heldOf(shelf));
export const freeAt = (place: Place): number => Math.max(0, place.onHand - place.held);
export const sumOf = (units: Units): number => Object.values(units).reduce((sum, count) => sum + count, 0);
export const missingOf = (hold: Hold): number => hold.quantity - sumOf(hold.taken);
/** Has promised units that are not there yet. */
export const isWaiting = (hold: Hold): boolean =>
  (hold.state === 'held' || hold.state === 'committed') && missingOf(hold) > 0;

/**
 * Holds every wanted line, or none. Lines already sold are left as they are, and so are held ones unless fewer units are
 * wanted: a hold shrinks and never grows. Expired ones are taken anew. Given-back lines stay given back. Up to `room` units that are not there are promised as a backorder.
 */
export function hold(shelf: Shelf, present: readonly Hold[], wanted: readonly Wanted[], room = 0): Taken {
  const fresh = wanted.filter((line) => !isTaken(stateOf(present, line.lineId)));
  const refused = misfit(shelf, present, fresh, room);
  if (refused !== null) return refused;
  const draft = new Draft(shelf);
  const less = wanted.flatMap((line, index) => {
    const isFirst = wanted.findIndex(({ lineId }) => lineId === line.lineId) === index;
    const own = isFirst ? heldFor(present, line.lineId) : undefined;
    return own !== undefined && own.quantity > line.quantity ? [draft.shrink(own, line.quantity)] : [];
  });
  const holds = fresh.map((line) => draft.reserve(line, totalOf(fresh)));
  return { ok: true, ...draft.moved(), holds: [...less, ...holds] };
}

/**
 * Sells every wanted line, or none. A hold that ran out is taken again when units are free; `onHand` may have been
 * corrected below what is held, so it is checked as well. Of a hold no more is sold than is wanted.
 */
export function commit(shelf: Shelf, present: readonly Hold[], wanted: readonly Wanted[], room = 0): Taken {
  const open = wanted.filter((line) => stateOf(present, line.lineId) !== 'committed');
  const fresh = open.filter((line) => stateOf(present, line.lineId) !== 'held');
  const refused = misfit(shelf, present, fresh, room);
  if (refused !== null) return refused;
  const draft = new Draft(shelf);
  const held = open.map((line) => {
    const own = heldFor(present, line.lineId);
    return own !== undefined && own.quantity > line.quantity ? draft.shrink(own, line.quantity) : own;
  });
  const sold: Hold[] = [];
  let onHand = onHandOf(shelf);
  for (const [index, line] of open.entries()) {
    const own = held[index] ?? draft.reserve(line, totalOf(fresh));
    onHand -= sumOf(own.taken);
    if (onHand < 0) return { ok: false, lineId: line.lineId, available: availableOf(shelf) };
    sold.push(draft.sell(own));
  }
  return { ok: true, ...draft.moved(), holds: sold };
}

/**
 * Gives back what an order has, or what some of its lines have: held units become free, sold ones return, but for those
 * that came back already.
 */
export function giveBack(
  shelf: Shelf,
  present: readonly Hold[],
  lineIds: readonly string[] | null = null,
  restocked: readonly Wanted[] = [],
): Moved & { holds: Hold[] } {
  const draft = new Draft(shelf);
  const holds: Hold[] = [];
  for (const line of present) {
    if (lineIds !== null && !lineIds.includes(line.lineId)) continue;
    if (line.state === 'held') holds.push(draft.release(line, 'release', 'released'));
    else if (line.state === 'committed')
      holds.push(draft.putBack(line, restocked.find(({ lineId }) => lineId === line.lineId)?.quantity ?? 0));
    else if (line.state === 'expired') holds.push({ ...line, state: 'released', taken: {} });
  }
  return { ...draft.moved(), holds };
}

/** Ends holds that ran out. */
export function expire(shelf: Shelf, due: readonly Hold[]): Moved & { holds: Hold[] } {
  const draft = new Draft(shelf);
  const held = due.filter((line) => line.state === 'held');
  return { holds: held.map((line) => draft.release(line, 'expire', 'expired')), ...draft.moved() };
}

/** Gives free units to those who wait, in the order given. `holds` are those that got some. */
export function allocate<Waiting extends Hold>(
  shelf: Shelf,
  queue: readonly Waiting[],
): Moved & { holds: Waiting[] } {
  const draft = new Draft(shelf);
  const holds: Waiting[] = [];
  for (const line of queue) {
    const count = Math.min(missingOf(line), availableOf(draft.places));
    if (count === 0) break;
    holds.push({ ...line, taken: draft.fill(line, count) });
  }
  return { ...draft.moved(), holds };
}

/** Sets what is there. It may be below what is held: then nothing is free, and late commits are refused. */
export function count(shelf: Shelf, code: string, onHand: number): Moved {
  const draft = new Draft(shelf);
  draft.shift('count', code, onHand - draft.at(code).onHand, 0, null);
  return draft.moved();
}
export function restock(shelf: Shelf, code: string, quantity: number): Moved {
  const draft = new Draft(shelf);
  draft.shift('restock', code, quantity, 0, null);
  return draft.moved();
}
/** Null when fewer units are free there. */
export function transfer(shelf: Shelf, from: string, to: string, quantity: number): Moved | null {
  const draft = new Draft(shelf);
  if (Math.min(freeAt(draft.at(from)), availableOf(shelf)) < quantity) return null;
  draft.shift('transfer', from, -quantity, 0, null);
  draft.shift('transfer', to, quantity, 0, null);
  return draft.moved();
}
/** Takes up to `quantity` free units off the shelf, to go elsewhere. */
export function lendOut(shelf: Shelf, quantity: number): Moved & { units: Units } {
  const draft = new Draft(shelf);
  const units = draft.draw(Math.min(quantity, availableOf(shelf)), {}, freeAt);
  return lent(draft, units);
}
/** Takes up to `quantity` units from one place, even held ones: a count says that they are not there. */
export function writeOff(shelf: Shelf, code: string, quantity: number): Moved & { units: Units } {
  const draft = new Draft(shelf);
  const place = draft.at(code);
  return lent(draft, { [place.code]: Math.min(quantity, place.onHand) });
}
/** Takes units off the shelf as far as they are there, even held ones: they are known to be elsewhere. */
export function elsewhere(shelf: Shelf, units: Units): Moved {
  const draft = new Draft(shelf);
  for (const [code, quantity] of Object.entries(units))
    draft.shift('lease_out', code, -Math.min(quantity, draft.at(code).onHand), 0, null);
  return draft.moved();
}
function lent(draft: Draft, units: Units): Moved & { units: Units } {
  for (const [code, taken] of Object.entries(units)) draft.shift('lease_out', code, -taken, 0, null);
  return { ...draft.moved(), units };
}
export function takeIn(shelf: Shelf, units: Units): Moved {
  const draft = new Draft(shelf);
  for (const [code, quantity] of Object.entries(units)) {
    if (quantity > 0) draft.shift('lease_in', code, quantity, 0, null);
  }
  return draft.moved();
}

class Draft {
  readonly places: Place[];
  readonly #moves: Move[] = [];

  constructor(shelf: Shelf) {
    this.places = shelf.map((place) => ({ ...place }));
  }

  moved(): Moved {
    return { shelf: this.places, moves: this.#moves.filter((move) => move.onHand !== 0 || move.held !== 0) };
  }

  /** A place that was closed meanwhile is the first one. */
  at(code: string): Place {
    const place = this.places.find((candidate) => candidate.code === code) ?? this.places[0];
    if (place === undefined) throw new Error('a shelf has at least one place');
    return place;
  }

  shift(type: MoveType, code: string, onHand: number, held: number, lineId: string | null): void {
    const place = this.at(code);
    place.onHand += onHand;
    place.held += held;
    this.#moves.push({ type, location: place.code, onHand, held, lineId });
  }

  /**
   * Where `quantity` units come from: one place that has them all, else by priority; `own` places come before both.
   * `supply` says how many a place can give.
   */
  draw(quantity: number, own: Units, supply: (place: Place) => number, together = quantity): Units {
    const units: Record<string, number> = {};
    let left = quantity;
    const take = (place: Place, most: number): void => {
      const count = Math.min(left, most - (units[place.code] ?? 0));
      if (count <= 0) return;
      units[place.code] = (units[place.code] ?? 0) + count;
      left -= count;
    };
    for (const code of Object.keys(own)) take(this.at(code), Math.min(own[code] ?? 0, this.at(code).onHand));
    const whole =
      this.places.find((place) => supply(place) >= together) ??
      this.places.find((place) => supply(place) >= left);
    if (whole !== undefined) take(whole, supply(whole));
    for (const place of this.places) take(place, supply(place));
    for (const place of this.places) take(place, place.onHand);
    return units;
  }

  /** Holds what there is of a line; the rest waits. `together`: what the same order takes in all. */
  reserve(line: Wanted, together: number): Hold {
    const quantity = Math.min(line.quantity, availableOf(this.places));
    const taken = this.draw(quantity, {}, freeAt, together);
    for (const [code, count] of Object.entries(taken)) this.shift('hold', code, 0, count, line.lineId);
    return { ...line, state: 'held', taken };
  }

  /** Its own units as far as they are still there, else others. */
  sell(line: Hold): Hold {
    for (const [code, count] of Object.entries(line.taken)) this.shift('sale', code, 0, -count, line.lineId);
    const taken = this.draw(sumOf(line.taken), line.taken, freeAt);
    for (const [code, count] of Object.entries(taken)) this.shift('sale', code, -count, 0, line.lineId);
    return { ...line, state: 'committed', taken };
  }

  release(line: Hold, type: 'release' | 'expire', state: 'released' | 'expired'): Hold {
    for (const [code, count] of Object.entries(line.taken)) this.shift(type, code, 0, -count, line.lineId);
    return { ...line, state, taken: {} };
  }

  /** Units that are not there yet are given up first, then those of the last places. */
  shrink(line: Hold, quantity: number): Hold {
    let over = sumOf(line.taken) - quantity;
    const taken: Record<string, number> = { ...line.taken };
    const rank = (code: string): number => this.places.findIndex((place) => place.code === code);
    for (const code of Object.keys(taken).toSorted((one, other) => rank(other) - rank(one))) {
      const back = Math.min(taken[code] ?? 0, Math.max(0, over));
      if (back === 0) continue;
      over -= back;
      taken[code] = (taken[code] ?? 0) - back;
      this.shift('release', code, 0, -back, line.lineId);
    }
    return { ...line, quantity, taken };
  }

  putBack(line: Hold, restocked: number): Hold {
    let there = restocked;
    for (const [code, count] of Object.entries(line.taken)) {
      const already = Math.min(there, count);
      there -= already;
      this.shift('return', code, count - already, 0, line.lineId);
    }
    return { ...line, state: 'returned', taken: {} };
  }

  fill(line: Hold, quantity: number): Units {
    const more = this.draw(quantity, {}, freeAt);
    const taken: Record<string, number> = { ...line.taken };
    for (const [code, count] of Object.entries(more)) {
      taken[code] = (taken[code] ?? 0) + count;
      this.shift(
        'allocate',
        code,
        line.state === 'committed' ? -count : 0,
        line.state === 'committed' ? 0 : count,
        line.lineId,
      );
    }
    return taken;
  }
}

/** Why lines that have nothing yet cannot be taken; null when they can. */
function misfit(
  shelf: Shelf,
  present: readonly Hold[],
  fresh: readonly Wanted[],
  room: number,
): (Taken & { ok: false }) | null {
  const available = availableOf(shelf);
  let left = available + room;
  for (const line of fresh) {
    const state = stateOf(present, line.lineId);
    if (state === 'released' || state === 'returned' || line.quantity > left) {
      return { ok: false, lineId: line.lineId, available: left };
    }
    left -= line.quantity;
  }
  return null;
}

const heldFor = (present: readonly Hold[], lineId: string): Hold | undefined =>
  present.find((one) => one.lineId === lineId && one.state === 'held');
const isTaken = (state: HoldState | null): boolean => state === 'held' || state === 'committed';
const totalOf = (lines: readonly Wanted[]): number => lines.reduce((sum, line) => sum + line.quantity, 0);
const stateOf = (present: readonly Hold[], lineId: string): HoldState | null =>
  present.find((line) => line.lineId === lineId)?.state ?? null;
