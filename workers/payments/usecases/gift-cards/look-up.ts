import type { CallContext } from '#shared/contracts/call.ts';
import type { GiftCardView, TooManyTries } from '#shared/contracts/gift-cards.ts';
import { readGiftCardCode } from '#shared/domain/gift-card.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { HOUR_MS } from '#shared/time/time.ts';
import type { GiftCardPorts } from './ports.ts';

/** Wrong codes an hour, of one buyer and of one network: many people may share it, so then who has none may try one. */
export const WRONG_CODES_MAX = { buyer: 10, network: 50 } as const;
const WINDOW_MS = HOUR_MS;

/** Who tries codes; `network` null: it is not known, or is the machine itself. */
export interface Trier {
  buyer: string;
  network: string | null;
}

/**
 * The cards of these codes, index-aligned; null: there is none, or nobody was given it yet. Tries are counted before any is
 * looked up, so that parallel ones count too, each code once however often it is tried, and those that were right are given back. A mistyped code is none by its own
 * check symbols: it tells nothing and counts nowhere.
 */
export async function lookUp(
  ports: GiftCardPorts,
  call: CallContext,
  { codes, trier }: { codes: readonly string[]; trier: Trier },
): Promise<Result<(GiftCardView | null)[], TooManyTries>> {
  const typed = codes.map(readGiftCardCode);
  const names = typed.map((code) => (code === null ? [] : ports.codes.hashesOf(code)));
  const tried = names.flatMap(([name]) => name ?? []);
  if (tried.length === 0) return ok(typed.map(() => null));
  const counted = await countTries(ports, call, trier, tried);
  if (!counted.ok) return counted;
  const found = await cardsOf(ports, call, names);
  const right = names.flatMap(([name], index) => (found[index] === null ? [] : (name ?? [])));
  await Promise.all(counted.value.map((subject) => giveBack(ports, call, subject, right)));
  return ok(found);
}

/** Counts tries before they are made; where they are counted, to be given back there. */
async function countTries(
  ports: GiftCardPorts,
  call: CallContext,
  { buyer, network }: Trier,
  codes: readonly string[],
): Promise<Result<string[], TooManyTries>> {
  const take = (subject: string, limit: number) =>
    ports.tries(subject, (tries) => tries.take(call, { limit, windowMs: WINDOW_MS, codes: [...codes] }));
  const [own, shared] = [`buyer:${buyer}`, network === null ? null : `network:${network}`];
  const [ofOwn, ofShared] = await Promise.all([
    take(own, WRONG_CODES_MAX.buyer),
    shared === null ? null : take(shared, WRONG_CODES_MAX.network),
  ]);
  const ownWait = ofOwn.retryAfterMs;
  const sharedWait = ofShared?.retryAfterMs ?? null;
  const tooMany = (retryAfterMs: number) => fail({ code: 'too_many', retryAfterMs } as const);
  if (ownWait !== null) {
    if (shared !== null) await giveBack(ports, call, shared, ofShared?.counted ?? []);
    return tooMany(Math.max(ownWait, sharedWait ?? 0));
  }
  if (sharedWait === null) return ok(shared === null ? [own] : [own, shared]);
  // Others of the network tried too many: whoever has no other wrong code is not they.
  await giveBack(ports, call, own, ofOwn.counted);
  const { retryAfterMs } = await take(own, new Set(codes).size);
  return retryAfterMs === null ? ok([own]) : tooMany(sharedWait);
}

async function cardsOf(
  { directory, card }: GiftCardPorts,
  call: CallContext,
  hashes: readonly (readonly string[])[],
): Promise<(GiftCardView | null)[]> {
  const ids = await directory.find(hashes.flat());
  return Promise.all(
    hashes.map(async (names) => {
      const id = names.map((name) => ids.get(name)).find((each) => each !== undefined);
      const view = id === undefined ? null : await card(id, (object) => object.look(call));
      return view === null || view.state === 'pending' ? null : view;
    }),
  );
}

async function giveBack(
  { tries }: GiftCardPorts,
  call: CallContext,
  subject: string,
  codes: readonly string[],
): Promise<void> {
  if (codes.length > 0) await tries(subject, (object) => object.giveBack(call, { codes: [...codes] }));
}
