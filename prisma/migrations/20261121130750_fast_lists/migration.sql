-- Lists stay fast however long they get: each has an index that holds exactly what it shows, in its order.

-- How a generation ended. No index may ask for the state itself (see moves_within_a_page); this changes only when a
-- generation ends, which writes the indexes anew in any case.
CREATE FUNCTION outcome_of(state "GenerationState") RETURNS "GenerationState" LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN state IN ('succeeded', 'failed', 'cancelled', 'moderated') THEN state END
$$;
ALTER TABLE "generations" ADD COLUMN "outcome" "GenerationState" GENERATED ALWAYS AS (outcome_of("state")) STORED;
DROP INDEX "generations_unsuccessful_idx";
CREATE INDEX "generations_outcome_idx" ON "generations" ("account_id", "outcome", "created_at" DESC, "id" DESC) WHERE "outcome" IS NOT NULL;

-- What pictures are looked for by stands with them, written once: before, accepting a request and ending it each wrote
-- an index of all words.
DROP INDEX "generations_account_id_style_created_at_idx";
DROP INDEX "generations_prompt_words_idx";
ALTER TABLE "images" ADD COLUMN "style" VARCHAR(32), ADD COLUMN "words" tsvector;

-- The words of a text, each behind the beginning of an account's id: so others' use of a word costs an account nothing.
-- Two accounts that begin alike are told apart by their rows.
CREATE FUNCTION account_words(account uuid, words text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_to_tsvector(ARRAY(
    SELECT left(account::text, 8) || left(lexeme, 200) FROM unnest(tsvector_to_array(to_tsvector('pg_catalog.simple', words))) lexeme))
$$;

UPDATE "images" SET "style" = generation."style", "words" = account_words("images"."account_id", generation."prompt")
  FROM "generations" generation WHERE generation."id" = "images"."generation_id";

CREATE FUNCTION describe_image() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT "style", account_words(NEW."account_id", "prompt") INTO NEW."style", NEW."words" FROM "generations" WHERE "id" = NEW."generation_id";
  RETURN NEW;
END $$;
CREATE TRIGGER "images_description" BEFORE INSERT ON "images"
  FOR EACH ROW WHEN (NEW."words" IS NULL) EXECUTE FUNCTION describe_image();

-- What was added last would be looked through one by one at every search, up to 4 MB of it.
CREATE INDEX "images_words_idx" ON "images" USING gin ("words") WITH (fastupdate = off);
CREATE INDEX "images_style_idx" ON "images" ("account_id", "style", "created_at" DESC, "id" DESC) WHERE "style" IS NOT NULL AND "deleted_at" IS NULL;
-- Deleted pictures keep their rows, which no list should pass by one by one.
CREATE INDEX "images_shown_idx" ON "images" ("account_id", "created_at" DESC, "id" DESC) WHERE "deleted_at" IS NULL;
CREATE INDEX "images_favourite_idx" ON "images" ("account_id", "created_at" DESC, "id" DESC) WHERE "favourite" AND "deleted_at" IS NULL;
DROP INDEX "images_account_id_favourite_created_at_id_idx";
