-- What was found in captures, what became of it, and what it is worth. Money is integer minor units with an ISO currency.

-- `valuation_id` is the newest valuation that fits what the scan is booked as; `priced_at` is its time, 0 for never.
CREATE TABLE scans (
    id                 TEXT NOT NULL PRIMARY KEY,
    capture_id         TEXT NOT NULL REFERENCES captures (id),
    position           INTEGER NOT NULL CHECK (position >= 0),
    page               INTEGER NOT NULL CHECK (page >= 0),
    quad               TEXT NOT NULL,
    picture            TEXT,
    gap                REAL NOT NULL,
    not_in_catalogue   REAL NOT NULL,
    recommendation     TEXT NOT NULL,
    sentence           TEXT NOT NULL,
    catalogue_version  TEXT NOT NULL,
    index_version      TEXT NOT NULL,
    policy_version     TEXT NOT NULL,
    outcome            TEXT NOT NULL CHECK (outcome IN ('booked', 'review', 'rejected')),
    valuation_id       INTEGER,
    priced_at          INTEGER NOT NULL,
    committed_at       INTEGER NOT NULL,
    UNIQUE (capture_id, position)
) STRICT;
CREATE INDEX scans_by_time ON scans (committed_at, capture_id, position);
CREATE INDEX scans_by_outcome ON scans (outcome, committed_at);
CREATE INDEX scans_by_price_age ON scans (priced_at, id);

CREATE TABLE candidates (
    scan_id      TEXT NOT NULL REFERENCES scans (id),
    place        INTEGER NOT NULL CHECK (place >= 0),
    printing_id  TEXT NOT NULL,
    posterior    REAL NOT NULL,
    evidence     TEXT NOT NULL,
    PRIMARY KEY (scan_id, place)
) STRICT;
CREATE INDEX candidates_by_printing ON candidates (printing_id, place);

-- At most one task per scan, for ever: taking a decision back opens the same task again.
CREATE TABLE review_tasks (
    id         INTEGER NOT NULL PRIMARY KEY,
    scan_id    TEXT NOT NULL UNIQUE REFERENCES scans (id),
    status     TEXT NOT NULL CHECK (status IN ('open', 'accepted', 'corrected', 'rejected')),
    opened_at  INTEGER NOT NULL,
    closed_at  INTEGER,
    closed_by  TEXT,
    CHECK ((status = 'open') = (closed_at IS NULL)),
    CHECK ((status = 'open') = (closed_by IS NULL))
) STRICT;
CREATE INDEX review_tasks_by_status ON review_tasks (status, opened_at, id);

CREATE TABLE review_reasons (
    task_id   INTEGER NOT NULL REFERENCES review_tasks (id),
    position  INTEGER NOT NULL,
    code      TEXT NOT NULL,
    reason    TEXT NOT NULL,
    PRIMARY KEY (task_id, position)
) STRICT;
CREATE INDEX review_reasons_by_code ON review_reasons (code, task_id);

-- Never deleted. A scan is booked once: only an item whose review was taken back makes room for another.
-- `search` is location and note in small letters. `revision` rises with every change by a person.
CREATE TABLE inventory_items (
    id           INTEGER NOT NULL PRIMARY KEY,
    scan_id      TEXT NOT NULL REFERENCES scans (id),
    printing_id  TEXT NOT NULL,
    finish       TEXT NOT NULL,
    edition      TEXT NOT NULL,
    condition    TEXT NOT NULL,
    location     TEXT,
    note         TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('in_stock', 'removed', 'undone')),
    booked_at    INTEGER NOT NULL,
    booked_by    TEXT NOT NULL,
    revision     INTEGER NOT NULL CHECK (revision >= 1),
    search       TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX inventory_items_one_per_scan ON inventory_items (scan_id) WHERE state <> 'undone';
CREATE INDEX inventory_items_by_state ON inventory_items (state, id);
CREATE INDEX inventory_items_by_printing ON inventory_items (printing_id, id);

CREATE TABLE quotes (
    id            INTEGER NOT NULL PRIMARY KEY,
    digest        TEXT NOT NULL UNIQUE,
    source        TEXT NOT NULL,
    upstream      TEXT NOT NULL,
    region        TEXT NOT NULL,
    source_ref    TEXT NOT NULL,
    printing_id   TEXT NOT NULL,
    match_score   INTEGER NOT NULL,
    finish        TEXT NOT NULL,
    edition       TEXT,
    language      TEXT,
    condition     TEXT,
    grade         TEXT,
    kind          TEXT NOT NULL,
    amount_minor  INTEGER NOT NULL,
    currency      TEXT NOT NULL CHECK (length(currency) = 3),
    observed_at   INTEGER NOT NULL,
    fetched_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    sample_size   INTEGER,
    licence       TEXT NOT NULL,
    attribution   TEXT NOT NULL,
    url           TEXT NOT NULL,
    flags         TEXT NOT NULL,
    raw_digest    TEXT NOT NULL,
    CHECK (condition IS NULL OR grade IS NULL)
) STRICT;
CREATE INDEX quotes_by_printing ON quotes (printing_id, fetched_at);

CREATE TABLE scan_quotes (
    scan_id   TEXT NOT NULL REFERENCES scans (id),
    quote_id  INTEGER NOT NULL REFERENCES quotes (id),
    PRIMARY KEY (scan_id, quote_id)
) STRICT;

CREATE TABLE valuations (
    id            INTEGER NOT NULL PRIMARY KEY,
    scan_id       TEXT NOT NULL REFERENCES scans (id),
    printing_id   TEXT NOT NULL,
    finish        TEXT NOT NULL,
    edition       TEXT NOT NULL,
    language      TEXT NOT NULL,
    condition     TEXT NOT NULL,
    grade         TEXT,
    state         TEXT NOT NULL CHECK (state IN ('fresh', 'stale', 'missing')),
    amount_minor  INTEGER,
    currency      TEXT CHECK (length(currency) = 3),
    confidence    TEXT NOT NULL CHECK (confidence IN ('none', 'low', 'medium', 'high')),
    flags         TEXT NOT NULL,
    used          TEXT NOT NULL,
    rejected      TEXT NOT NULL,
    review        TEXT,
    policy        TEXT NOT NULL,
    decided_at    INTEGER NOT NULL,
    CHECK ((state = 'missing') = (amount_minor IS NULL)),
    CHECK ((amount_minor IS NULL) = (currency IS NULL))
) STRICT;
CREATE INDEX valuations_by_scan ON valuations (scan_id, printing_id, decided_at, id);
CREATE INDEX valuations_by_printing ON valuations (printing_id, decided_at, id);
