INSERT INTO plans (code, price) VALUES ('free', 0), ('team', 10), ('it''s big', 100)
  ON CONFLICT (code) DO NOTHING;
INSERT INTO regions (country, name) VALUES ('ch', 'Uri'), ('ch', 'Bern');
INSERT INTO plans (code, price) VALUES (lower('LATER'), 5);
UPDATE plans SET price = price + 1;
