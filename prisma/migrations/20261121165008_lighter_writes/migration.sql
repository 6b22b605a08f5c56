-- Every accepted request was written to three indexes for nothing: to two at the place of rows without a value, which
-- nobody looks for, and to that of the outbox's times, where the order of ids is the same and next to nothing stays.
DROP INDEX "generations_model_finished_at_idx";
CREATE INDEX "generations_model_finished_at_idx" ON "generations" ("model", "finished_at" DESC) WHERE "finished_at" IS NOT NULL;

DROP INDEX "quota_entries_purchase_id_idx";
CREATE INDEX "quota_entries_purchase_id_idx" ON "quota_entries" ("purchase_id") WHERE "purchase_id" IS NOT NULL;

DROP INDEX "outbox_created_at_idx";
