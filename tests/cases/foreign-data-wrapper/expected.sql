CREATE ROLE app;
CREATE FOREIGN DATA WRAPPER missing OPTIONS (debug 'it''s on', api_token 'hidden');
GRANT USAGE ON FOREIGN DATA WRAPPER missing TO app;
CREATE FOREIGN DATA WRAPPER changed OPTIONS (debug 'on');
