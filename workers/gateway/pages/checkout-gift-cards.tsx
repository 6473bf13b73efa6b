import { giftCardEnding, GIFT_CARDS_PER_ORDER_MAX, readGiftCardCode } from '#shared/domain/gift-card.ts';
import type { Refusal } from '../api.ts';

/** Codes as they are typed have spaces and hyphens of their own. */
const BETWEEN_CODES = /[\r\n,;]+/;
/** More than the most cards of an order need, however they are typed. */
const TYPED_MAX = 600;

/** The codes of a sent form, in the order they were typed. */
export const codesOf = ({ giftCards = '' }: Record<string, string>): string[] =>
  giftCards
    .split(BETWEEN_CODES)
    .map((code) => code.trim())
    .filter((code) => code !== '');

/** What tells a form with these codes from one with others and may be kept: how they end, no code. */
export const endingsOf = (codes: readonly string[]): string =>
  codes.map((code) => giftCardEnding(readGiftCardCode(code) ?? '')).join('.');

/** Why they cannot pay, in sentences; each code by its place, since none is written anywhere but in its field. */
export function giftCardErrors({ errors }: Refusal): string[] {
  return errors.flatMap(({ pointer, detail }) => {
    if (pointer === '/giftCards') return [`The gift cards ${detail}.`];
    const index = /^\/giftCards\/(\d+)\/code$/.exec(pointer)?.[1];
    return index === undefined ? [] : [`Code ${Number(index) + 1} ${detail}.`];
  });
}

/** One field for all codes. `typed` is what stands in it; `required` where they are asked for again. */
export const GiftCardCodes = (props: { typed?: string; errors?: readonly string[]; required?: boolean }) => {
  const { typed = '', errors = [], required = false } = props;
  const isWrong = errors.length > 0;
  return (
    <div class="field">
      <label for="f-giftCards">Gift card codes{required ? ', the same as before' : ' (optional)'}</label>
      <textarea
        id="f-giftCards"
        name="giftCards"
        rows={2}
        maxlength={TYPED_MAX}
        autocomplete="off"
        spellcheck={false}
        aria-describedby={isWrong ? 'f-giftCards-hint f-giftCards-error' : 'f-giftCards-hint'}
        aria-invalid={isWrong ? 'true' : undefined}
        required={required}
      >
        {typed}
      </textarea>
      <div class="soft" id="f-giftCards-hint">
        One in a line, {GIFT_CARDS_PER_ORDER_MAX} at most. They pay first, and you pay what they leave.
      </div>
      {isWrong && (
        <p class="error" id="f-giftCards-error">
          {errors.join(' ')}
        </p>
      )}
    </div>
  );
};
