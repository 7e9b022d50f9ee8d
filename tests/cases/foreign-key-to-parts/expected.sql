CREATE TABLE regions (id int, tenant int, PRIMARY KEY (id, tenant)) PARTITION BY LIST (tenant);
CREATE TABLE regions_1 PARTITION OF regions FOR VALUES IN (1) PARTITION BY RANGE (id);
CREATE TABLE regions_1_low PARTITION OF regions_1 FOR VALUES FROM (0) TO (100);
CREATE TABLE places (id int PRIMARY KEY, region int, tenant int, FOREIGN KEY (region, tenant) REFERENCES regions);
