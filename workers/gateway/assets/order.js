/** Follows an order: asks for its fragment every second and shows it when something changed. */

const INTERVAL_MS = 1_000;
const INTERVAL_MS_MAX = 15_000;

const current = () => document.querySelector('[data-follow]');

async function refresh() {
  const section = current();
  const response = await fetch(`${section.dataset.follow}?version=${section.dataset.version}`, {
    headers: { accept: 'text/html' },
  });
  if (response.redirected || response.status === 401) return window.location.reload();
  if (response.status === 204) return;
  if (!response.ok) throw new Error(`answered ${response.status}`);
  const next = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('#order');
  if (next !== null) section.replaceWith(document.importNode(next, true));
}

async function follow(waitMs) {
  await new Promise((resolve) => {
    setTimeout(resolve, waitMs);
  });
  if (current() === null) return;
  if (document.hidden) return follow(INTERVAL_MS);
  try {
    await refresh();
    await follow(INTERVAL_MS);
  } catch {
    await follow(Math.min(waitMs * 2, INTERVAL_MS_MAX));
  }
}

void follow(INTERVAL_MS);
