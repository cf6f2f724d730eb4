-- The reference schema of the source database, for MariaDB 10.11 and MySQL 8 or 9.
--
-- Money is whole rupees. Times are DATETIME without a zone, as the portals write them. Closed sets of words are VARCHAR
-- rather than ENUM: a binlog carries an ENUM as a bare number, which only a reader of extra metadata can name.
-- Parts of a car go with the car (ON DELETE CASCADE); nothing else can be deleted while it is in use.
-- Every foreign key has an index by name: the ten-table join reads along them, and so do the routes from a changed row to its cars.
-- The same tables for SQLite are in schema.sqlite.sql; a test compares both with the tables `forecourt seed` writes.

CREATE TABLE IF NOT EXISTS makes (
  id INT NOT NULL AUTO_INCREMENT,
  name VARCHAR(64) NOT NULL,
  slug VARCHAR(64) NOT NULL,
  country VARCHAR(64) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY makes_slug (slug)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE IF NOT EXISTS models (
  id INT NOT NULL AUTO_INCREMENT,
  make_id INT NOT NULL,
  name VARCHAR(64) NOT NULL,
  slug VARCHAR(64) NOT NULL,
  body_type VARCHAR(32) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY models_make_slug (make_id, slug),
  CONSTRAINT models_make FOREIGN KEY (make_id) REFERENCES makes (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- The engine's figures are NULL where they do not apply (electric cars) or are not known.
CREATE TABLE IF NOT EXISTS variants (
  id INT NOT NULL AUTO_INCREMENT,
  model_id INT NOT NULL,
  name VARCHAR(128) NOT NULL,
  fuel VARCHAR(16) NOT NULL,
  transmission VARCHAR(16) NOT NULL,
  engine_cc INT NULL,
  max_power_bhp DOUBLE NULL,
  mileage_kmpl DOUBLE NULL,
  seats INT NOT NULL,
  PRIMARY KEY (id),
  KEY variants_model (model_id),
  CONSTRAINT variants_model FOREIGN KEY (model_id) REFERENCES models (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE IF NOT EXISTS cities (
  id INT NOT NULL AUTO_INCREMENT,
  name VARCHAR(64) NOT NULL,
  slug VARCHAR(64) NOT NULL,
  state VARCHAR(64) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY cities_slug (slug)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- Opening hours are text, HH:MM: it is what pages show, and TIME would come back with seconds.
CREATE TABLE IF NOT EXISTS hubs (
  id INT NOT NULL AUTO_INCREMENT,
  city_id INT NOT NULL,
  name VARCHAR(128) NOT NULL,
  address VARCHAR(255) NOT NULL,
  phone VARCHAR(20) NOT NULL,
  opens_at CHAR(5) NOT NULL,
  closes_at CHAR(5) NOT NULL,
  PRIMARY KEY (id),
  KEY hubs_city (city_id),
  CONSTRAINT hubs_city FOREIGN KEY (city_id) REFERENCES cities (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE IF NOT EXISTS features (
  id INT NOT NULL AUTO_INCREMENT,
  group_name VARCHAR(32) NOT NULL,
  name VARCHAR(64) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY features_name (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- `insurance` is the seller's wording, not a closed set.
CREATE TABLE IF NOT EXISTS cars (
  id INT NOT NULL AUTO_INCREMENT,
  variant_id INT NOT NULL,
  hub_id INT NOT NULL,
  registration_year INT NOT NULL,
  km_driven INT NOT NULL,
  owner_number INT NOT NULL,
  colour VARCHAR(32) NOT NULL,
  insurance VARCHAR(64) NULL,
  status VARCHAR(8) NOT NULL DEFAULT 'hidden',
  listed_at DATETIME NOT NULL,
  sold_at DATETIME NULL,
  PRIMARY KEY (id),
  KEY cars_variant (variant_id),
  KEY cars_hub (hub_id),
  KEY cars_status (status),
  CONSTRAINT cars_variant FOREIGN KEY (variant_id) REFERENCES variants (id),
  CONSTRAINT cars_hub FOREIGN KEY (hub_id) REFERENCES hubs (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE IF NOT EXISTS car_prices (
  car_id INT NOT NULL,
  price BIGINT NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (car_id),
  CONSTRAINT car_prices_car FOREIGN KEY (car_id) REFERENCES cars (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE IF NOT EXISTS price_changes (
  id INT NOT NULL AUTO_INCREMENT,
  car_id INT NOT NULL,
  price BIGINT NOT NULL,
  changed_at DATETIME NOT NULL,
  PRIMARY KEY (id),
  KEY price_changes_car (car_id, changed_at),
  CONSTRAINT price_changes_car FOREIGN KEY (car_id) REFERENCES cars (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- (car_id, position) is not unique: a portal that swaps two photos would trip over it halfway.
CREATE TABLE IF NOT EXISTS car_photos (
  id INT NOT NULL AUTO_INCREMENT,
  car_id INT NOT NULL,
  position INT NOT NULL,
  storage_key VARCHAR(255) NOT NULL,
  kind VARCHAR(32) NOT NULL,
  width INT NOT NULL,
  height INT NOT NULL,
  PRIMARY KEY (id),
  KEY car_photos_car (car_id, position),
  CONSTRAINT car_photos_car FOREIGN KEY (car_id) REFERENCES cars (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE IF NOT EXISTS car_features (
  car_id INT NOT NULL,
  feature_id INT NOT NULL,
  PRIMARY KEY (car_id, feature_id),
  KEY car_features_feature (feature_id),
  CONSTRAINT car_features_car FOREIGN KEY (car_id) REFERENCES cars (id) ON DELETE CASCADE,
  CONSTRAINT car_features_feature FOREIGN KEY (feature_id) REFERENCES features (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- A car may be inspected again; pages show the latest.
CREATE TABLE IF NOT EXISTS inspections (
  id INT NOT NULL AUTO_INCREMENT,
  car_id INT NOT NULL,
  inspected_at DATETIME NOT NULL,
  inspector VARCHAR(64) NOT NULL,
  score INT NOT NULL,
  PRIMARY KEY (id),
  KEY inspections_car (car_id, inspected_at),
  CONSTRAINT inspections_car FOREIGN KEY (car_id) REFERENCES cars (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE IF NOT EXISTS inspection_items (
  id INT NOT NULL AUTO_INCREMENT,
  inspection_id INT NOT NULL,
  section VARCHAR(32) NOT NULL,
  item VARCHAR(64) NOT NULL,
  grade VARCHAR(8) NOT NULL,
  note VARCHAR(255) NULL,
  PRIMARY KEY (id),
  KEY inspection_items_inspection (inspection_id),
  CONSTRAINT inspection_items_inspection FOREIGN KEY (inspection_id) REFERENCES inspections (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
