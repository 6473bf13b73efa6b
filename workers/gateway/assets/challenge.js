/**
 * Solves the puzzle a form asks for while its fields are filled in: a number that, behind the puzzle, gives a SHA-256 hash
 * with so many zero bits in front. The form can be sent once it is found.
 */

const BATCH = 512;
const encoder = new TextEncoder();
const zeroBits = (digest) => Math.clz32(new DataView(digest).getUint32(0));

async function solve(puzzle, bits) {
  for (let from = 0; ; from += BATCH) {
    const digests = await Promise.all(
      Array.from({ length: BATCH }, (_, step) =>
        crypto.subtle.digest('SHA-256', encoder.encode(`${puzzle}:${from + step}`)),
      ),
    );
    const found = digests.findIndex((digest) => zeroBits(digest) >= bits);
    if (found !== -1) return from + found;
  }
}

async function prepare(box) {
  const { puzzle, bits } = box.dataset;
  const button = box.closest('form').querySelector('button[type=submit]');
  const status = box.querySelector('[role=status]');
  button.disabled = true;
  status.textContent = 'Your browser is working on it. This takes a few seconds.';
  const nonce = await solve(puzzle, Number(bits));
  box.querySelector('input').value = `proof_of_work:${puzzle}:${nonce}`;
  status.textContent = 'Done: go on.';
  button.disabled = false;
}

for (const box of document.querySelectorAll('[data-puzzle]')) void prepare(box);
