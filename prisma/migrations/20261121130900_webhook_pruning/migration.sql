-- Finds the events that ended long ago, to be deleted, oldest first.
CREATE INDEX "webhook_deliveries_finished_idx" ON "webhook_deliveries" ("finished_at") WHERE "finished_at" IS NOT NULL;
