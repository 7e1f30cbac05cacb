CREATE TABLE cdr_leg (
    call_id     INTEGER NOT NULL REFERENCES cdr (call_id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    party_kind  TEXT NOT NULL CHECK (party_kind IN ('fxs', 'sip', 'line', 'trunk')),
    party       TEXT NOT NULL,
    started_ms  INTEGER NOT NULL,
    answered_ms INTEGER,
    ended_ms    INTEGER NOT NULL,
    cause       INTEGER NOT NULL,
    PRIMARY KEY (call_id, position)
) STRICT, WITHOUT ROWID;

-- Call ids go on after the last recorded call and are reserved in blocks.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter (name, next) SELECT 'call', coalesce(max(call_id), 0) + 1 FROM cdr;
