-- How many row issues some loads have, as of the attempts given, by kind and rule.
SELECT r.load_id, r.kind, r.rule, count(*) AS issues
FROM {{issues}} AS r
JOIN (SELECT unnest($loads) AS load_id, unnest($attempts) AS attempt) AS wanted
    ON wanted.load_id = r.load_id AND wanted.attempt = r.attempt
GROUP BY ALL
ORDER BY ALL
