import type { CallContext } from '#shared/contracts/call.ts';
import type { GiftCardView, TooManyTries } from '#shared/contracts/gift-cards.ts';
import { readGiftCardCode } from '#shared/domain/gift-card.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { HOUR_MS } from '#shared/time/time.ts';
import type { GiftCardPorts } from './ports.ts';

/** Wrong codes an hour, of one buyer and of one network: many people may share a network. */
export const WRONG_CODES_MAX = { buyer: 10, network: 50 } as const;
const WINDOW_MS = HOUR_MS;

/** Who tries codes; `network` null: it is not known, or is the machine itself. */
export interface Trier {
  buyer: string;
  network: string | null;
}

/**
 * The cards of these codes, index-aligned; null: there is none, or nobody was given it yet. Tries are counted before any is
 * looked up, so that parallel ones count too, and those that were right are given back. A mistyped code is none by its own
 * check symbols: it tells nothing and counts nowhere.
 */
export async function lookUp(
  ports: GiftCardPorts,
  call: CallContext,
  { codes, trier }: { codes: readonly string[]; trier: Trier },
): Promise<Result<(GiftCardView | null)[], TooManyTries>> {
  const typed = codes.map(readGiftCardCode);
  const count = typed.filter((code) => code !== null).length;
  if (count === 0) return ok(typed.map(() => null));
  const subjects = subjectsOf(trier);
  const late = await Promise.all(
    subjects.map(({ name, limit }) =>
      ports.tries(name, (tries) => tries.take(call, { limit, windowMs: WINDOW_MS, count })),
    ),
  );
  const waits = late.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  if (waits.length > 0) {
    const taken = subjects.filter((_, index) => late[index]?.retryAfterMs === null);
    await giveBack(ports, call, taken, count);
    return fail({ code: 'too_many', retryAfterMs: Math.max(...waits) });
  }
  const found = await cardsOf(ports, call, typed);
  await giveBack(ports, call, subjects, found.filter((card) => card !== null).length);
  return ok(found);
}

async function cardsOf(
  { codes, directory, card }: GiftCardPorts,
  call: CallContext,
  typed: readonly (string | null)[],
): Promise<(GiftCardView | null)[]> {
  const hashes = typed.map((code) => (code === null ? [] : codes.hashesOf(code)));
  const ids = await directory.find(hashes.flat());
  return Promise.all(
    hashes.map(async (names) => {
      const id = names.map((name) => ids.get(name)).find((each) => each !== undefined);
      const view = id === undefined ? null : await card(id, (object) => object.look(call));
      return view === null || view.state === 'pending' ? null : view;
    }),
  );
}

type Subject = { name: string; limit: number };
const subjectsOf = ({ buyer, network }: Trier): Subject[] => [
  { name: `buyer:${buyer}`, limit: WRONG_CODES_MAX.buyer },
  ...(network === null ? [] : [{ name: `network:${network}`, limit: WRONG_CODES_MAX.network }]),
];

async function giveBack(
  { tries }: GiftCardPorts,
  call: CallContext,
  subjects: readonly Subject[],
  count: number,
): Promise<void> {
  if (count === 0) return;
  await Promise.all(subjects.map(({ name }) => tries(name, (object) => object.giveBack(call, { count }))));
}
