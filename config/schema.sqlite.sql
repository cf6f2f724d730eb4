-- The reference schema of the source database, for SQLite 3.37 or newer. schema.sql says why each table is as it is.
--
-- As loose as the databases businesses have: a price script may leave fractions, a form may leave gaps, and a row that is
-- wrong is the projector's to find, not the writer's to be refused. Times are TEXT, 'YYYY-MM-DD HH:MM:SS', which sorts as
-- time does. SQLite acts on foreign keys only in connections that say `PRAGMA foreign_keys = ON`.

CREATE TABLE IF NOT EXISTS makes (
  id INTEGER PRIMARY KEY,
  name TEXT,
  slug TEXT UNIQUE,
  country TEXT
);

CREATE TABLE IF NOT EXISTS models (
  id INTEGER PRIMARY KEY,
  make_id INTEGER REFERENCES makes (id),
  name TEXT,
  slug TEXT,
  body_type TEXT,
  UNIQUE (make_id, slug)
);

CREATE TABLE IF NOT EXISTS variants (
  id INTEGER PRIMARY KEY,
  model_id INTEGER REFERENCES models (id),
  name TEXT,
  fuel TEXT,
  transmission TEXT,
  engine_cc INTEGER,
  max_power_bhp REAL,
  mileage_kmpl REAL,
  seats INTEGER
);

CREATE TABLE IF NOT EXISTS cities (
  id INTEGER PRIMARY KEY,
  name TEXT,
  slug TEXT UNIQUE,
  state TEXT
);

CREATE TABLE IF NOT EXISTS hubs (
  id INTEGER PRIMARY KEY,
  city_id INTEGER REFERENCES cities (id),
  name TEXT,
  address TEXT,
  phone TEXT,
  opens_at TEXT,
  closes_at TEXT
);

CREATE TABLE IF NOT EXISTS features (
  id INTEGER PRIMARY KEY,
  group_name TEXT,
  name TEXT UNIQUE
);

CREATE TABLE IF NOT EXISTS cars (
  id INTEGER PRIMARY KEY,
  variant_id INTEGER REFERENCES variants (id),
  hub_id INTEGER REFERENCES hubs (id),
  registration_year INTEGER,
  km_driven INTEGER,
  owner_number INTEGER,
  colour TEXT,
  insurance TEXT,
  status TEXT DEFAULT 'hidden',
  listed_at TEXT,
  sold_at TEXT
);

CREATE TABLE IF NOT EXISTS car_prices (
  car_id INTEGER PRIMARY KEY REFERENCES cars (id) ON DELETE CASCADE,
  price INTEGER,
  updated_at TEXT
);

CREATE TABLE IF NOT EXISTS price_changes (
  id INTEGER PRIMARY KEY,
  car_id INTEGER REFERENCES cars (id) ON DELETE CASCADE,
  price INTEGER,
  changed_at TEXT
);

CREATE TABLE IF NOT EXISTS car_photos (
  id INTEGER PRIMARY KEY,
  car_id INTEGER REFERENCES cars (id) ON DELETE CASCADE,
  position INTEGER,
  storage_key TEXT,
  kind TEXT,
  width INTEGER,
  height INTEGER
);

CREATE TABLE IF NOT EXISTS car_features (
  car_id INTEGER REFERENCES cars (id) ON DELETE CASCADE,
  feature_id INTEGER REFERENCES features (id),
  PRIMARY KEY (car_id, feature_id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS inspections (
  id INTEGER PRIMARY KEY,
  car_id INTEGER REFERENCES cars (id) ON DELETE CASCADE,
  inspected_at TEXT,
  inspector TEXT,
  score INTEGER
);

CREATE TABLE IF NOT EXISTS inspection_items (
  id INTEGER PRIMARY KEY,
  inspection_id INTEGER REFERENCES inspections (id) ON DELETE CASCADE,
  section TEXT,
  item TEXT,
  grade TEXT,
  note TEXT
);

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
