import { giftCardIdOf } from '#objects/gift-card/codes.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import type {
  IssuedGiftCards,
  IssueGiftCards,
  IssueRefusal,
  ShutGiftCards,
} from '#shared/contracts/gift-cards.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { GiftCardPorts } from './ports.ts';

const ENDING_SYMBOLS = 4;

/**
 * Makes the cards of a key. Safe to repeat, also after a crash half-way: ids follow from the key, codes from the ids, and each
 * card's object opens once. What is withdrawn meanwhile stays so, since both meet in the object.
 */
export async function issueCards(
  { codes, directory, card, clock }: GiftCardPorts,
  call: CallContext,
  wish: IssueGiftCards,
): Promise<Result<IssuedGiftCards, IssueRefusal>> {
  const { customerId, ...asked } = wish;
  const { key, quantity, value, validDays, orderId, recipient, byHand } = asked;
  const now = clock.now();
  const fingerprint = sha256(canonicalJson(asked));
  const issue = await directory.begin(key, { quantity, fingerprint, now });
  if (issue.withdrawnAt !== null) return fail('withdrawn');
  if (issue.fingerprint !== fingerprint) return fail('key_reused');
  const ids = idsOf(key, quantity);
  const { amount, currency } = value;
  const { by: byId = null, reason = '' } = byHand ?? {};
  const made = await directory.register(
    ids.map((id) => {
      const code = codes.codeOf(id, codes.current);
      return {
        id,
        issueKey: key,
        codeHash: codes.hashOf(code, codes.current),
        codeKey: codes.current,
        ending: code.slice(-ENDING_SYMBOLS),
        orderId,
        customerId,
        byId,
        reason,
        currency,
        value: amount,
        createdAt: now,
      };
    }),
  );
  const opened = await Promise.all(
    ids.map((cardId) => {
      const codeKey = keyOf(made, cardId);
      const about = { cardId, currency, value: amount, codeKey, validDays, orderId, recipient, byId, reason };
      return card(cardId, (object) => object.open(call, about));
    }),
  );
  if (opened.includes(false)) return fail('withdrawn');
  return ok({ cards: ids.map((cardId) => ({ cardId, code: codes.codeOf(cardId, keyOf(made, cardId)) })) });
}

export async function activateCards(
  { directory, card }: GiftCardPorts,
  call: CallContext,
  key: string,
): Promise<void> {
  const issue = await directory.issue(key);
  if (issue === null) throw new Error('no gift cards were made under this key');
  await Promise.all(
    idsOf(key, issue.quantity).map((cardId) => card(cardId, (object) => object.activate(call, { cardId }))),
  );
}

export async function withdrawCards(
  { directory, card, clock }: GiftCardPorts,
  call: CallContext,
  key: string,
): Promise<void> {
  const quantity = await directory.withdraw(key, clock.now());
  const reason = 'What it was bought with went back';
  await Promise.all(
    idsOf(key, quantity).map((cardId) => card(cardId, (object) => object.withdraw(call, { cardId, reason }))),
  );
}

export async function shutCards(
  { directory, card }: GiftCardPorts,
  call: CallContext,
  { key, shut, round }: ShutGiftCards,
): Promise<void> {
  const issue = await directory.issue(key);
  await Promise.all(
    idsOf(key, issue?.quantity ?? 0).map((cardId) =>
      card(cardId, (object) => object.shut(call, { cardId, shut, round })),
    ),
  );
}

const idsOf = (key: string, quantity: number): string[] =>
  Array.from({ length: quantity }, (_, position) => giftCardIdOf(key, position));

function keyOf(made: Map<string, string>, cardId: string): string {
  const codeKey = made.get(cardId);
  if (codeKey === undefined) throw new Error('a gift card was not kept');
  return codeKey;
}
