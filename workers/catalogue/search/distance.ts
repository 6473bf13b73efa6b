/**
 * Typos by the restricted Damerau–Levenshtein distance: letters put in, left out, replaced, or two neighbours exchanged,
 * no place changed twice. Pure.
 */

/** Typos allowed in a word, by its length in letters: a short word with a typo is another word. */
export const typosAllowed = (length: number): 0 | 1 | 2 => (length < 4 ? 0 : length < 8 ? 1 : 2);

/** The distance of two words, or null when it is above `most`. */
export function distanceWithin(a: string, b: string, most: number): number | null {
  if (Math.abs(a.length - b.length) > most) return null;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const exchanged = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (exchanged) cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      current.push(cost);
      least = Math.min(least, cost);
    }
    // An exchange reaches back two rows, so one row above the bound does not end it yet.
    if (least > most && Math.min(...previous) > most) return null;
    before = previous;
    previous = current;
  }
  const distance = previous[b.length] ?? 0;
  return distance > most ? null : distance;
}

/** Letters at the beginning of a word whose deletions are kept; the rest of the word cannot hide a neighbour. */
const DELETION_PREFIX = 7;

/** Deletions an indexed word is kept under: two words that are near enough share one. */
export const deletionsToKeep = (word: string): string[] =>
  deletions(word, word.length < 3 ? 0 : word.length < 6 ? 1 : 2);

/** Deletions under which the neighbours of a word that was typed are looked up. */
export const deletionsToFind = (word: string): string[] => deletions(word, typosAllowed(word.length));

function deletions(word: string, most: number): string[] {
  const found = new Set([word.slice(0, DELETION_PREFIX)]);
  let last = [...found];
  for (let round = 0; round < most; round += 1) {
    last = last.flatMap((each) =>
      Array.from({ length: each.length }, (_, at) => each.slice(0, at) + each.slice(at + 1)),
    );
    for (const each of last) found.add(each);
  }
  return [...found];
}
