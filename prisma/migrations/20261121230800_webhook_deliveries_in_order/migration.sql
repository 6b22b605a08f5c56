-- Deliveries of one moment are told apart by their id, so that a page begins where the last one ended by the index alone.
CREATE INDEX "webhook_deliveries_endpoint_id_created_at_id_idx" ON "webhook_deliveries"("endpoint_id", "created_at" DESC, "id" DESC);
DROP INDEX "webhook_deliveries_endpoint_id_created_at_idx";
