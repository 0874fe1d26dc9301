#!/bin/sh
# SPDX-License-Identifier: MIT
# SQLite: tables and indexes in memory and in a file, joins, windows, JSON, full text, its own check of integrity. Served: sqlite3 100000
set -eu
cat >work.sql <<'END'
PRAGMA cache_size = -20000;
CREATE TABLE part(id INTEGER PRIMARY KEY, name TEXT UNIQUE, price REAL, data BLOB);
CREATE TABLE sale(part INTEGER REFERENCES part, day INTEGER, amount INTEGER);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
    INSERT INTO part SELECT i, printf('part-%05d', (i * 7919) % 30011), i % 97 * 1.25, zeroblob(i % 300) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
    INSERT INTO sale SELECT 1 + (i * 31) % 30000, i % 365, i % 11 FROM n;
CREATE INDEX sale_part ON sale(part, day);
SELECT count(*), sum(amount * price) FROM sale JOIN part ON part = id WHERE day BETWEEN 10 AND 40;
SELECT name, sum(amount) AS s FROM sale JOIN part ON part = id GROUP BY name ORDER BY s DESC, name LIMIT 5;
SELECT day, amount, sum(amount) OVER (ORDER BY rowid ROWS 100 PRECEDING) FROM sale WHERE rowid % 20011 = 0;
SELECT json_group_array(json_object('id', id, 'name', name)) FROM (SELECT * FROM part LIMIT 3);
SELECT length(group_concat(name)), length(json_group_array(name)) FROM part;
CREATE VIRTUAL TABLE page USING fts5(body);
INSERT INTO page SELECT 'page ' || id || ' about ' || name || ' and ' || price FROM part WHERE id < 5000;
SELECT count(*), min(rowid) FROM page WHERE page MATCH 'about AND page AND 25';
INSERT INTO page(page) VALUES ('integrity-check');
BEGIN; DELETE FROM part WHERE id % 2; ROLLBACK;
DELETE FROM sale WHERE rowid % 3 = 0;
UPDATE part SET name = name || '-new' WHERE id % 5 = 0;
VACUUM;
PRAGMA integrity_check;
END
sqlite3 :memory: <work.sql
sqlite3 file.db <work.sql
sqlite3 file.db .dump >dump.sql
sqlite3 copy.db <dump.sql
sqlite3 copy.db 'PRAGMA integrity_check; SELECT count(*) FROM part'
sqlite3 copy.db .dump | cmp - dump.sql
sha256sum <dump.sql
sqlite3 file.db 'SELECT no such thing' 2>&1 || echo "status $?"
