DROP TABLE audit;
DROP FUNCTION audit_in_order;
DROP FUNCTION audit_refuse;
