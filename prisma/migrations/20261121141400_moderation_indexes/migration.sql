-- What operators look for, without any cost to accepting a request: these are written when a request ends or a picture
-- is added, not before.

-- A report names a picture by the short name of its request.
CREATE INDEX "generations_shown_ref_idx" ON "generations" ("ref") WHERE "outcome" = 'succeeded';

-- Words of prompts over all accounts: of what has a picture by its picture, whose words stand behind the beginning of an
-- account's id; of what ended without one by the request.
CREATE FUNCTION plain_words(words tsvector) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_to_tsvector(ARRAY(SELECT substr(lexeme, 9) FROM unnest(tsvector_to_array(words)) lexeme WHERE length(lexeme) > 8))
$$;
CREATE INDEX "images_plain_words_idx" ON "images" USING gin (plain_words("words"));
CREATE INDEX "generations_vain_words_idx" ON "generations" USING gin (to_tsvector('pg_catalog.simple', "prompt"))
  WHERE "outcome" IN ('failed', 'cancelled', 'moderated');
