-- An inbox may be a prefix of an object store: an object has changed when its ETag has.
ALTER TABLE inbox_files ADD COLUMN etag TEXT;
COMMENT ON COLUMN inbox_files.etag IS 'what an object store calls these bytes; no hash of them';
