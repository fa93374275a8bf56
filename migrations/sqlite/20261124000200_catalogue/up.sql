-- What exists. Replaced as a whole in one transaction; nothing else refers to it, so that a printing that a newer
-- catalogue no longer has does not take inventory with it.

CREATE TABLE card_sets (
    id             TEXT NOT NULL PRIMARY KEY,
    name           TEXT NOT NULL,
    series         TEXT NOT NULL,
    code           TEXT,
    printed_total  INTEGER NOT NULL,
    total          INTEGER NOT NULL,
    release_date   TEXT NOT NULL,
    search         TEXT NOT NULL
) STRICT;

CREATE TABLE printings (
    id          TEXT NOT NULL PRIMARY KEY,
    set_id      TEXT NOT NULL REFERENCES card_sets (id) DEFERRABLE INITIALLY DEFERRED,
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
) STRICT;
CREATE INDEX printings_by_set ON printings (set_id);

CREATE TABLE catalogue_imports (
    id         INTEGER NOT NULL PRIMARY KEY,
    source     TEXT NOT NULL,
    at         INTEGER NOT NULL,
    sets       INTEGER NOT NULL,
    printings  INTEGER NOT NULL,
    digest     TEXT NOT NULL
) STRICT;
