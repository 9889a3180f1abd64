-- PostgreSQL. What the views of `reading` need to call an organization by its slug, and to show amounts.
SELECT id, slug, currency_decimals FROM organizations
