-- Every move of a generation writes its row anew. As long as no index asks for the state and the page has room for a
-- second version of each row, the indexes, of which the one on words is the dearest, need not be written as well.
DROP INDEX "generations_waiting_idx";
CREATE INDEX "generations_waiting_idx" ON "generations" ("priority", "created_at", "id") WHERE "finished_at" IS NULL;
ALTER TABLE "generations" SET (fillfactor = 50);
