-- Lists of what failed, was cancelled or moderated. No index may ask for the state (see moves_within_a_page); these two
-- columns are written only when a generation ends, which writes the indexes anew in any case.
CREATE INDEX "generations_unsuccessful_idx" ON "generations" ("account_id", "created_at" DESC, "id" DESC) WHERE "finished_at" IS NOT NULL AND "cost_micros" IS NULL;
