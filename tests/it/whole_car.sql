-- A whole new car :new over all its tables, with everything car :like has.
INSERT INTO cars SELECT :new, variant_id, hub_id, registration_year, km_driven, owner_number, colour, insurance, 'live', datetime('now'), NULL FROM cars WHERE id = :like;
INSERT INTO car_prices SELECT :new, 777000, datetime('now') FROM car_prices WHERE car_id = :like;
INSERT INTO price_changes (car_id, price, changed_at) SELECT :new, price, changed_at FROM price_changes WHERE car_id = :like ORDER BY id;
INSERT INTO car_photos (car_id, position, storage_key, kind, width, height) SELECT :new, position, 'cars/:new/' || position, kind, width, height FROM car_photos WHERE car_id = :like ORDER BY id;
INSERT INTO car_features SELECT :new, feature_id FROM car_features WHERE car_id = :like;
INSERT INTO inspections (id, car_id, inspected_at, inspector, score) SELECT 1000000 + :new, :new, inspected_at, inspector, score FROM inspections WHERE car_id = :like;
INSERT INTO inspection_items (inspection_id, section, item, grade, note) SELECT 1000000 + :new, section, item, grade, note FROM inspection_items WHERE inspection_id = (SELECT max(id) FROM inspections WHERE car_id = :like) ORDER BY id;
