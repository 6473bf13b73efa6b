/** Offers queries and products while somebody types into the search box. Without it the box is a form as any other. */

const PAUSE_MS = 150;
const LENGTH_MIN = 2;

const box = document.querySelector('input[data-suggestions]');
const list = document.getElementById(box?.getAttribute('list') ?? '');
let waiting;
let asked = '';

async function suggest() {
  const typed = box.value.trim();
  if (typed.length < LENGTH_MIN || typed === asked) return;
  asked = typed;
  const response = await fetch(`${box.dataset.suggestions}?q=${encodeURIComponent(typed)}`);
  if (!response.ok || typed !== asked) return;
  const { queries, products } = await response.json();
  const titles = products.map(({ title }) => title.map(({ text }) => text).join(''));
  const options = [...new Set([...queries, ...titles])].map((value) => {
    const option = document.createElement('option');
    option.value = value;
    return option;
  });
  list.replaceChildren(...options);
}

box?.addEventListener('input', () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => suggest().catch(() => {}), PAUSE_MS);
});
