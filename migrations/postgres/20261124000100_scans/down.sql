DROP TABLE valuations;
DROP TABLE scan_quotes;
DROP TABLE quotes;
DROP TABLE inventory_items;
DROP TABLE review_reasons;
DROP TABLE review_tasks;
DROP TABLE candidates;
DROP TABLE scans;
