import { SECOND_MS } from '#shared/time/time.ts';

/** How long an answer is given again without asking the catalogue. */
export const FRESH_MS = 2 * SECOND_MS;
/** How long after that the old answer is still given while the new one is fetched behind it. */
export const STALE_MS = 5 * SECOND_MS;
/** Bytes of all answers kept by one isolate, of 128 MB, and of one of them. */
export const KEPT_BYTES_MAX = 16 * 1024 * 1024;
export const ANSWER_BYTES_MAX = 512 * 1024;
/** Answers, and ways in which one of them was asked for. */
export const ANSWERS_MAX = 2_000;
export const SPELLINGS_MAX = 8;
/** Longer addresses are answered, but nothing is kept for them. */
export const ADDRESS_LENGTH_MAX = 1_000;
/** Longer spellings (address and languages) are answered, but not remembered: nothing else bounds their bytes. */
export const SPELLING_LENGTH_MAX = 1_500;
/** How long a request waits for another one that asks the same; then it asks itself. */
export const WAIT_MS = 3 * SECOND_MS;
/** A line about hits is written no more often than this. */
export const HITS_LOGGED_EVERY_MS = 10 * SECOND_MS;
