"""What the database refuses of price lists, whoever writes."""

REFUSE_FOREIGN_GROUP = """
IF (SELECT client_id FROM pricing_pricelist WHERE id = NEW.price_list_id)
    IS DISTINCT FROM (SELECT client_id FROM customers_customergroup WHERE id = NEW.group_id) THEN
    RAISE EXCEPTION 'price list % and group % are of two storefronts', NEW.price_list_id, NEW.group_id
        USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
