export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));
export const fromUtf8 = (bytes: BufferSource): string => new TextDecoder().decode(bytes);
