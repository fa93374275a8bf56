'use strict';
// The newest scans, asked for again every two seconds while the page is visible.
const EVERY_MS = 2000;
const ROWS = 60;
const feed = document.getElementById('feed');
const summary = document.getElementById('summary');
const empty = document.getElementById('empty');
const template = document.getElementById('row');
const rows = new Map();

const OUTCOMES = { booked: 'booked', review: 'to review', rejected: 'rejected' };
// Digits after the decimal point where it is not two (ISO 4217).
const EXPONENTS = { JPY: 0, KRW: 0, CLP: 0, ISK: 0, VND: 0, XAF: 0, BHD: 3, KWD: 3, OMR: 3, TND: 3 };

function money(price) {
  if (!price || !price.amount) return 'no price';
  const { amount_minor: minor, currency } = price.amount;
  const digits = EXPONENTS[currency] ?? 2;
  return `${(minor / 10 ** digits).toFixed(digits)} ${currency}`;
}

function fill(row, scan) {
  const put = (selector, text) => { row.querySelector(selector).textContent = text; };
  const picture = row.querySelector('img');
  const source = `/v1/scans/${encodeURIComponent(scan.id)}/picture`;
  if (scan.picture && picture.getAttribute('src') !== source) picture.src = source;
  put('.name', scan.best ? scan.best.name : 'unknown');
  put('.printing', scan.best ? `${scan.best.set_name} · ${scan.best.number}` : '');
  put('.sentence', scan.sentence);
  put('.outcome', OUTCOMES[scan.outcome] ?? scan.outcome);
  row.querySelector('.outcome').dataset.outcome = scan.outcome;
  // Rounded down: no scan is certain.
  put('.confidence', scan.posterior === null ? '' : `${(Math.floor(1000 * scan.posterior) / 10).toFixed(1)} %`);
  put('.price', money(scan.price));
}

function show(listing) {
  const seen = new Set();
  listing.items.forEach((scan, position) => {
    seen.add(scan.id);
    let row = rows.get(scan.id);
    if (!row) {
      row = template.content.firstElementChild.cloneNode(true);
      rows.set(scan.id, row);
    }
    fill(row, scan);
    if (feed.children[position] !== row) feed.insertBefore(row, feed.children[position] ?? null);
  });
  for (const [id, row] of rows) if (!seen.has(id)) { row.remove(); rows.delete(id); }
  empty.hidden = listing.items.length > 0;
}

async function json(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function refresh() {
  try {
    const [listing, status] = await Promise.all([json(`/v1/scans?limit=${ROWS}`), json('/v1/status')]);
    show(listing);
    const { counts } = status;
    const waiting = (counts.captures.admitted ?? 0) + (counts.captures.in_progress ?? 0);
    summary.textContent = `${listing.total} scans · ${counts.items} in stock · ${counts.open_reviews} to review · `
      + `${waiting} photos waiting${status.paused ? ' · paused' : ''}${status.catalogue_loaded ? '' : ' · no catalogue yet'}`;
  } catch (error) {
    summary.textContent = `The daemon does not answer (${error.message}).`;
  }
}

refresh();
setInterval(() => { if (!document.hidden) refresh(); }, EVERY_MS);
document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
