-- How each pair's sound is treated. Gains are in dB; no country means the box's.
ALTER TABLE line ADD COLUMN echo_cancel  INTEGER NOT NULL DEFAULT 1 CHECK (echo_cancel IN (0, 1));
ALTER TABLE line ADD COLUMN echo_tail_ms INTEGER NOT NULL DEFAULT 32 CHECK (echo_tail_ms BETWEEN 8 AND 128);
ALTER TABLE line ADD COLUMN nlp          INTEGER NOT NULL DEFAULT 1 CHECK (nlp IN (0, 1));
ALTER TABLE line ADD COLUMN rx_gain_db   REAL NOT NULL DEFAULT 0 CHECK (rx_gain_db BETWEEN -13.5 AND 12.0);
ALTER TABLE line ADD COLUMN tx_gain_db   REAL NOT NULL DEFAULT 0 CHECK (tx_gain_db BETWEEN -13.5 AND 12.0);
ALTER TABLE line ADD COLUMN country      TEXT;

-- What was measured on an analog leg; all NULL for others, and for calls before this version.
ALTER TABLE cdr_leg ADD COLUMN erl_db        REAL;
ALTER TABLE cdr_leg ADD COLUMN erle_db       REAL;
ALTER TABLE cdr_leg ADD COLUMN echo_tail_ms  INTEGER;
ALTER TABLE cdr_leg ADD COLUMN echo_disabled INTEGER CHECK (echo_disabled IN (0, 1));
ALTER TABLE cdr_leg ADD COLUMN rx_dbm0       REAL;
ALTER TABLE cdr_leg ADD COLUMN tx_dbm0       REAL;
