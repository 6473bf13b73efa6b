/** Bytes of the largest event we take. */
export const EVENT_BYTES_MAX = 1024 * 1024;
