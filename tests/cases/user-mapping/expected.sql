CREATE ROLE reader;
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE SERVER "Odd server" FOREIGN DATA WRAPPER w;
CREATE USER MAPPING FOR reader SERVER s OPTIONS ("user" 'ro', region 'north');
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS ("user" 'it''s');
CREATE USER MAPPING FOR PUBLIC SERVER "Odd server";
-- Another password: not read, not compared, not shown.
CREATE USER MAPPING FOR reader SERVER "Odd server" OPTIONS ("user" 'ro', password 'first');
