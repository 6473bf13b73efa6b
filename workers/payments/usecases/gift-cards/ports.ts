import type { GiftCardCodes } from '#objects/gift-card/codes.ts';
import type { GiftCardDirectory } from '#objects/gift-card/directory.ts';
import type { GiftCardFace } from '#objects/gift-card/face.ts';
import type { GiftCardTriesFace } from '#objects/gift-card-tries/face.ts';
import type { Clock } from '#shared/time/time.ts';

export interface GiftCardPorts {
  codes: GiftCardCodes;
  directory: GiftCardDirectory;
  card<Value>(cardId: string, call: (card: GiftCardFace) => Promise<Value>): Promise<Value>;
  /** Who counts wrong codes of one subject. */
  tries<Value>(subject: string, call: (tries: GiftCardTriesFace) => Promise<Value>): Promise<Value>;
  clock: Clock;
}
