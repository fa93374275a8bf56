DROP TABLE dead_letters;
DROP TABLE attempts;
DROP TABLE captures;
DROP TABLE batches;
