-- PostgreSQL. What the views of `reading` need to call an organization by its slug.
SELECT id, slug FROM organizations
