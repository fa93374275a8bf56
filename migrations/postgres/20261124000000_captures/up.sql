-- What was dropped into the watched folder and where it stands. Times are milliseconds since 1970 UTC.

CREATE TABLE batches (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    finish     TEXT NOT NULL,
    edition    TEXT NOT NULL,
    condition  TEXT NOT NULL,
    location   TEXT,
    opened_at  BIGINT NOT NULL,
    closed_at  BIGINT
);

-- `token` counts the claims of a capture and is never reset: whoever holds an older one has lost the lease.
-- `attempt` counts the attempts since admission or since a person's retry.
CREATE TABLE captures (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    correlation  TEXT NOT NULL,
    batch_id     TEXT COLLATE "C" NOT NULL REFERENCES batches (id),
    file_name    TEXT COLLATE "C" NOT NULL,
    media_type   TEXT NOT NULL,
    size_bytes   BIGINT NOT NULL CHECK (size_bytes >= 0),
    admitted_at  BIGINT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('admitted', 'in_progress', 'done', 'dead')),
    attempt      BIGINT NOT NULL CHECK (attempt >= 0),
    token        BIGINT NOT NULL CHECK (token >= 0),
    not_before   BIGINT NOT NULL,
    lease_until  BIGINT,
    finished_at  BIGINT,
    CHECK ((state = 'in_progress') = (lease_until IS NOT NULL)),
    CHECK ((state IN ('done', 'dead')) = (finished_at IS NOT NULL))
);
CREATE INDEX captures_by_due_time ON captures (state, not_before, admitted_at, id);
CREATE INDEX captures_by_lease ON captures (state, lease_until, id);
CREATE INDEX captures_by_state ON captures (state, admitted_at);
CREATE INDEX captures_by_time ON captures (admitted_at, id);
CREATE INDEX captures_by_batch ON captures (batch_id);

CREATE TABLE attempts (
    capture_id  TEXT COLLATE "C" NOT NULL REFERENCES captures (id),
    token       BIGINT NOT NULL,
    attempt     BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    ended_at    BIGINT,
    ended_how   TEXT CHECK (ended_how IN ('committed', 'given_back', 'released', 'dead', 'lease_passed')),
    stage       TEXT,
    fault       TEXT,
    PRIMARY KEY (capture_id, token),
    CHECK ((ended_at IS NULL) = (ended_how IS NULL))
);

CREATE TABLE dead_letters (
    id          BIGINT NOT NULL PRIMARY KEY,
    capture_id  TEXT COLLATE "C" NOT NULL REFERENCES captures (id),
    stage       TEXT NOT NULL,
    fault       TEXT NOT NULL,
    attempts    BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('open', 'retried', 'discarded')),
    closed_at   BIGINT,
    closed_by   TEXT,
    CHECK ((state = 'open') = (closed_at IS NULL)),
    CHECK ((state = 'open') = (closed_by IS NULL))
);
CREATE UNIQUE INDEX dead_letters_one_open ON dead_letters (capture_id) WHERE state = 'open';
CREATE INDEX dead_letters_by_state ON dead_letters (state, id);
