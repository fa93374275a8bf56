-- What exists. Replaced as a whole in one transaction; nothing else refers to it, so that a printing that a newer
-- catalogue no longer has does not take inventory with it.

CREATE TABLE card_sets (
    id             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name           TEXT NOT NULL,
    series         TEXT NOT NULL,
    code           TEXT,
    printed_total  BIGINT NOT NULL,
    total          BIGINT NOT NULL,
    release_date   TEXT NOT NULL,
    search         TEXT NOT NULL
);

CREATE TABLE printings (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    set_id      TEXT COLLATE "C" NOT NULL REFERENCES card_sets (id) DEFERRABLE INITIALLY DEFERRED,
    number      TEXT NOT NULL,
    language    TEXT NOT NULL,
    name        TEXT NOT NULL,
    kinds       TEXT NOT NULL,
    hit_points  TEXT,
    rarity      TEXT,
    artist      TEXT,
    blocks      TEXT NOT NULL,
    flavour     TEXT,
    finishes    TEXT NOT NULL,
    image_urls  TEXT NOT NULL,
    search      TEXT NOT NULL
);
CREATE INDEX printings_by_set ON printings (set_id);

CREATE TABLE catalogue_imports (
    id         BIGINT NOT NULL PRIMARY KEY,
    source     TEXT NOT NULL,
    at         BIGINT NOT NULL,
    sets       BIGINT NOT NULL,
    printings  BIGINT NOT NULL,
    digest     TEXT COLLATE "C" NOT NULL
);
