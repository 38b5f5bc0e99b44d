"""What the database refuses of customers, whoever writes."""

REFUSE_FOREIGN_GROUP = """
IF (SELECT client_id FROM customers_customer WHERE id = NEW.customer_id)
    IS DISTINCT FROM (SELECT client_id FROM customers_customergroup WHERE id = NEW.group_id) THEN
    RAISE EXCEPTION 'customer % and group % are of two storefronts', NEW.customer_id, NEW.group_id
        USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
