DROP TABLE catalogue_imports;
DROP TABLE printings;
DROP TABLE card_sets;
