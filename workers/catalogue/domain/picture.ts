/** Kinds of pictures that are taken; SVG is none of them: it is a document that can hold scripts. */
export const PICTURE_TYPES = {
  png: 'image/png',
  jpg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
} as const;
export type PictureKind = keyof typeof PICTURE_TYPES;

export interface Picture {
  kind: PictureKind;
  /** Pixels. */
  width: number;
  height: number;
}
/** Pixels of a side that are taken. */
const SIDE_MAX = 16_384;

/** What a file is by its own bytes, whatever it is called; null: no picture we take, or a broken one. Pure. */
export function pictureOf(bytes: Uint8Array): Picture | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = png(view) ?? gif(view) ?? webp(view) ?? jpeg(view);
  if (found === null) return null;
  const isSized = [found.width, found.height].every((side) => side >= 1 && side <= SIDE_MAX);
  return isSized ? found : null;
}

const text = (view: DataView, at: number, length: number): string =>
  at + length > view.byteLength
    ? ''
    : String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, length));

/** PNG, third edition, §11.2.1: the header is the first chunk. */
function png(view: DataView): Picture | null {
  if (view.byteLength < 33 || view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a)
    return null;
  if (text(view, 12, 4) !== 'IHDR') return null;
  return { kind: 'png', width: view.getUint32(16), height: view.getUint32(20) };
}

/** GIF89a, §18: the screen descriptor follows the signature. */
function gif(view: DataView): Picture | null {
  if (view.byteLength < 13 || !/^GIF8[79]a$/.test(text(view, 0, 6))) return null;
  return { kind: 'gif', width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

/** RFC 9649: lossy, lossless and extended files say their size in different places. */
function webp(view: DataView): Picture | null {
  if (view.byteLength < 30 || text(view, 0, 4) !== 'RIFF' || text(view, 8, 4) !== 'WEBP') return null;
  const chunk = text(view, 12, 4);
  if (chunk === 'VP8 ') {
    const isKeyFrame = view.getUint8(23) === 0x9d && view.getUint8(24) === 0x01 && view.getUint8(25) === 0x2a;
    const side = (at: number): number => view.getUint16(at, true) & 0x3fff;
    return isKeyFrame ? { kind: 'webp', width: side(26), height: side(28) } : null;
  }
  if (chunk === 'VP8L') {
    if (view.getUint8(20) !== 0x2f) return null;
    const bits = view.getUint32(21, true);
    return { kind: 'webp', width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (chunk !== 'VP8X') return null;
  const side = (at: number): number => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1;
  return { kind: 'webp', width: side(24), height: side(27) };
}

/** ITU-T T.81, annex B: segments up to the first start of frame, which is any of C0–CF but C4, C8 and CC. */
function jpeg(view: DataView): Picture | null {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { kind: 'jpg', height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    const isBare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
    if (!isBare && view.getUint16(at + 2) < 2) return null;
    at += isBare ? 2 : 2 + view.getUint16(at + 2);
  }
  return null;
}

/** `<SHA-256, hex>-<width>x<height>.<kind>`: an address that can never mean other bytes. */
export const mediaName = (hash: string, { kind, width, height }: Picture): string =>
  `${hash}-${width}x${height}.${kind}`;

const NAME = /^([0-9a-f]{64})-(\d{1,5})x(\d{1,5})\.(png|jpg|gif|webp)$/;
/** The same backwards; null: no name of a picture of ours. */
export function readMediaName(name: string): (Picture & { hash: string }) | null {
  const [, hash = '', width = '', height = '', kind] = NAME.exec(name) ?? [];
  return kind === undefined
    ? null
    : { hash, width: Number(width), height: Number(height), kind: kind as PictureKind };
}

export const MEDIA_PATH = '/v1/media/';
/** The picture of ours that an address names; null: one kept elsewhere. */
export function ownPicture(url: string): (Picture & { hash: string }) | null {
  const at = url.indexOf(MEDIA_PATH);
  return at < 0 ? null : readMediaName(url.slice(at + MEDIA_PATH.length));
}

/** Hashes of the pictures of ours that a product names, each once. */
export const mediaOf = ({ images }: { images: readonly { url: string }[] }): string[] => [
  ...new Set(images.flatMap(({ url }) => ownPicture(url)?.hash ?? [])),
];
