/**
 * Follows an order: listens to its events and shows it anew when something happened. Where no stream comes through, it
 * asks every few seconds instead.
 */

const SETTLE_MS = 150;
const POLL_MS = 5_000;
const POLL_MS_MAX = 60_000;

const current = () => document.querySelector('[data-follow]');
const pause = (ms) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

async function refresh() {
  const section = current();
  if (section === null) return;
  const response = await fetch(`${section.dataset.follow}/fragment?version=${section.dataset.version}`, {
    headers: { accept: 'text/html' },
  });
  if (response.redirected || response.status === 401) return window.location.reload();
  if (response.status === 204) return;
  if (!response.ok) throw new Error(`answered ${response.status}`);
  const next = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('#order');
  if (next === null) return;
  // What somebody is typing is not taken from under their hands: it waits until they are done.
  if (section.contains(document.activeElement?.closest('input, select, textarea, details[open]'))) {
    document.addEventListener('focusout', look, { once: true });
    return;
  }
  section.replaceWith(document.importNode(next, true));
}

async function poll(waitMs) {
  await pause(waitMs);
  if (current() === null) return;
  if (document.hidden) return poll(POLL_MS);
  try {
    await refresh();
    await poll(POLL_MS);
  } catch {
    await poll(Math.min(waitMs * 2, POLL_MS_MAX));
  }
}

let wanted = false;
let looking = false;
/** Several events at once are one look; one that comes while looking is looked at afterwards, a failed look is repeated. */
function look() {
  wanted = true;
  if (!looking) void lookWhileWanted();
}

async function lookWhileWanted() {
  looking = true;
  while (wanted) {
    wanted = false;
    await pause(SETTLE_MS);
    try {
      await refresh();
    } catch {
      wanted = true;
      await pause(POLL_MS);
    }
  }
  looking = false;
}

function listen() {
  const section = current();
  if (section === null) return;
  const source = new EventSource(`${section.dataset.follow}/events?after=${section.dataset.sequence}`);
  source.addEventListener('message', look);
  // Refunds and returns come after the end.
  source.addEventListener('end', look);
  source.addEventListener('error', () => {
    if (source.readyState !== EventSource.CLOSED) return;
    look();
    void poll(POLL_MS);
  });
}

listen();
