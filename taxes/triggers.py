"""What the database refuses of tax rates, whoever writes."""

from __future__ import annotations

# PostgreSQL counts days in UTC, a shop in its own time zone: so this is a day more lenient than the actions are.
KEEP_RATES_THAT_BEGAN = """
IF OLD.valid_from < CURRENT_DATE AND (
    (NEW.country, NEW.region, NEW.postal_prefix, NEW.tax_class_id, NEW.name, NEW.rate, NEW.valid_from)
    IS DISTINCT FROM
    (OLD.country, OLD.region, OLD.postal_prefix, OLD.tax_class_id, OLD.name, OLD.rate, OLD.valid_from)
) THEN
    RAISE EXCEPTION 'a tax rate that began stays as it is: end it, and insert another'
        USING ERRCODE = 'restrict_violation';
END IF;
IF NEW.valid_until IS DISTINCT FROM OLD.valid_until AND OLD.valid_from < CURRENT_DATE
        AND least(OLD.valid_until, NEW.valid_until) < CURRENT_DATE - 2 THEN
    RAISE EXCEPTION 'the end of a tax rate is not moved in the past' USING ERRCODE = 'restrict_violation';
END IF;
RETURN NEW;
"""
