CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE extension (
    number       TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    enabled      INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    call_waiting INTEGER NOT NULL CHECK (call_waiting IN (0, 1))
) STRICT, WITHOUT ROWID;

-- What rings when an extension is called: an FXS port or a SIP user. A device belongs to one extension.
CREATE TABLE device (
    extension TEXT NOT NULL REFERENCES extension (number) ON DELETE CASCADE,
    position  INTEGER NOT NULL,
    fxs_port  INTEGER UNIQUE,
    sip_user  TEXT UNIQUE,
    CHECK ((fxs_port IS NULL) <> (sip_user IS NULL))
) STRICT;
CREATE INDEX device_of_extension ON device (extension, position);

-- HA1 of the password, never the password.
CREATE TABLE sip_account (
    user       TEXT PRIMARY KEY REFERENCES device (sip_user) ON DELETE CASCADE,
    realm      TEXT NOT NULL,
    ha1_md5    BLOB NOT NULL CHECK (length(ha1_md5) = 16),
    ha1_sha256 BLOB NOT NULL CHECK (length(ha1_sha256) = 32)
) STRICT, WITHOUT ROWID;

CREATE TABLE line (
    port                INTEGER PRIMARY KEY,
    kind                TEXT NOT NULL CHECK (kind IN ('fxs', 'fxo')),
    name                TEXT NOT NULL,
    enabled             INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    default_destination TEXT REFERENCES extension (number)
) STRICT;

CREATE TABLE trunk (
    name       TEXT PRIMARY KEY,
    enabled    INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    domain     TEXT NOT NULL,
    server     TEXT NOT NULL,
    port       INTEGER NOT NULL,
    transport  TEXT NOT NULL CHECK (transport IN ('udp', 'tcp')),
    user       TEXT,
    password   TEXT,
    register_s INTEGER,
    default_destination TEXT REFERENCES extension (number),
    CHECK ((user IS NULL) = (password IS NULL))
) STRICT, WITHOUT ROWID;

-- Times are milliseconds since 1970-01-01 00:00 UTC; cause is a Q.850 value.
CREATE TABLE cdr (
    call_id       INTEGER PRIMARY KEY,
    started_ms    INTEGER NOT NULL,
    answered_ms   INTEGER,
    ended_ms      INTEGER NOT NULL,
    caller_number TEXT NOT NULL,
    caller_name   TEXT NOT NULL,
    presentation  TEXT NOT NULL CHECK (presentation IN ('allowed', 'private', 'unavailable')),
    dialled       TEXT NOT NULL,
    cause         INTEGER NOT NULL
) STRICT;
