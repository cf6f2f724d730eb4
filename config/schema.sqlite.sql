-- The reference schema of the source database, for SQLite 3.37 or newer. schema.sql says why each table is as it is.
--
-- STRICT makes SQLite refuse a value of the wrong type, as MySQL does. Times are TEXT, 'YYYY-MM-DD HH:MM:SS', which sorts as
-- time does. Words are checked with OR, not IN: for IN, SQLite fills a small table at every insert. SQLite acts on foreign keys only in connections that say `PRAGMA foreign_keys = ON`.

CREATE TABLE IF NOT EXISTS makes (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  country TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS models (
  id INTEGER PRIMARY KEY,
  make_id INTEGER NOT NULL REFERENCES makes (id),
  name TEXT NOT NULL,
  slug TEXT NOT NULL,
  body_type TEXT NOT NULL,
  UNIQUE (make_id, slug)
) STRICT;

CREATE TABLE IF NOT EXISTS variants (
  id INTEGER PRIMARY KEY,
  model_id INTEGER NOT NULL REFERENCES models (id),
  name TEXT NOT NULL,
  fuel TEXT NOT NULL,
  transmission TEXT NOT NULL,
  engine_cc INTEGER,
  max_power_bhp REAL,
  mileage_kmpl REAL,
  seats INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS cities (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS hubs (
  id INTEGER PRIMARY KEY,
  city_id INTEGER NOT NULL REFERENCES cities (id),
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  phone TEXT NOT NULL,
  opens_at TEXT NOT NULL,
  closes_at TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS features (
  id INTEGER PRIMARY KEY,
  group_name TEXT NOT NULL,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE IF NOT EXISTS cars (
  id INTEGER PRIMARY KEY,
  variant_id INTEGER NOT NULL REFERENCES variants (id),
  hub_id INTEGER NOT NULL REFERENCES hubs (id),
  registration_year INTEGER NOT NULL,
  km_driven INTEGER NOT NULL CHECK (km_driven >= 0),
  owner_number INTEGER NOT NULL CHECK (owner_number >= 1),
  colour TEXT NOT NULL,
  insurance TEXT,
  status TEXT NOT NULL DEFAULT 'hidden' CHECK (status = 'live' OR status = 'sold' OR status = 'hidden'),
  listed_at TEXT NOT NULL,
  sold_at TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS car_prices (
  car_id INTEGER PRIMARY KEY REFERENCES cars (id) ON DELETE CASCADE,
  price INTEGER NOT NULL CHECK (price > 0),
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS price_changes (
  id INTEGER PRIMARY KEY,
  car_id INTEGER NOT NULL REFERENCES cars (id) ON DELETE CASCADE,
  price INTEGER NOT NULL CHECK (price > 0),
  changed_at TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS car_photos (
  id INTEGER PRIMARY KEY,
  car_id INTEGER NOT NULL REFERENCES cars (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  storage_key TEXT NOT NULL,
  kind TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS car_features (
  car_id INTEGER NOT NULL REFERENCES cars (id) ON DELETE CASCADE,
  feature_id INTEGER NOT NULL REFERENCES features (id),
  PRIMARY KEY (car_id, feature_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS inspections (
  id INTEGER PRIMARY KEY,
  car_id INTEGER NOT NULL REFERENCES cars (id) ON DELETE CASCADE,
  inspected_at TEXT NOT NULL,
  inspector TEXT NOT NULL,
  score INTEGER NOT NULL CHECK (score BETWEEN 0 AND 100)
) STRICT;

CREATE TABLE IF NOT EXISTS inspection_items (
  id INTEGER PRIMARY KEY,
  inspection_id INTEGER NOT NULL REFERENCES inspections (id) ON DELETE CASCADE,
  section TEXT NOT NULL,
  item TEXT NOT NULL,
  grade TEXT NOT NULL CHECK (grade = 'pass' OR grade = 'minor' OR grade = 'major'),
  note TEXT
) STRICT;

-- Indexes: `forecourt seed` runs what follows this line after the rows, which is faster.

CREATE INDEX IF NOT EXISTS variants_model ON variants (model_id);
CREATE INDEX IF NOT EXISTS hubs_city ON hubs (city_id);
CREATE INDEX IF NOT EXISTS cars_variant ON cars (variant_id);
CREATE INDEX IF NOT EXISTS cars_hub ON cars (hub_id);
CREATE INDEX IF NOT EXISTS cars_status ON cars (status);
CREATE INDEX IF NOT EXISTS price_changes_car ON price_changes (car_id, changed_at);
CREATE INDEX IF NOT EXISTS car_photos_car ON car_photos (car_id, position);
CREATE INDEX IF NOT EXISTS car_features_feature ON car_features (feature_id);
CREATE INDEX IF NOT EXISTS inspections_car ON inspections (car_id, inspected_at);
CREATE INDEX IF NOT EXISTS inspection_items_inspection ON inspection_items (inspection_id);
