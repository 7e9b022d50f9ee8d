-- A foreign key refers to every part as well: a part has to be detached before it can be dropped.
CREATE TABLE regions (id int, tenant int, PRIMARY KEY (id, tenant)) PARTITION BY LIST (tenant);
CREATE TABLE regions_1 PARTITION OF regions FOR VALUES IN (1) PARTITION BY RANGE (id);
CREATE TABLE regions_1_low PARTITION OF regions_1 FOR VALUES FROM (0) TO (100);
CREATE TABLE regions_1_high PARTITION OF regions_1 FOR VALUES FROM (100) TO (200);
CREATE TABLE regions_rest PARTITION OF regions DEFAULT;
CREATE TABLE places (id int PRIMARY KEY, region int, tenant int, FOREIGN KEY (region, tenant) REFERENCES regions);
