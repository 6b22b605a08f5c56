-- AlterTable
ALTER TABLE "quota_entries" ADD COLUMN     "refund_of" UUID;


-- A generation is made up for once: as a refund of its part of the plan, and as a grant of its part of the top-ups.
CREATE UNIQUE INDEX "quota_entries_refund_of_idx" ON "quota_entries" ("refund_of", "kind") WHERE "refund_of" IS NOT NULL;
ALTER TABLE "quota_entries" ADD CONSTRAINT "quota_entries_refund_of_check" CHECK (
  "refund_of" IS NULL OR ("kind" IN ('refund', 'grant') AND "generation_id" IS NULL));

-- Entries never change; that two accounts become one only changes whose they are.
CREATE OR REPLACE FUNCTION refuse_quota_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Deeper than one is the cascade from an account that is being forgotten.
  IF pg_trigger_depth() > 1 THEN
    RETURN CASE TG_OP WHEN 'UPDATE' THEN NEW ELSE OLD END;
  END IF;
  IF TG_OP = 'UPDATE' AND current_setting('easel.merging', true) = 'on'
    AND to_jsonb(NEW) - 'account_id' = to_jsonb(OLD) - 'account_id' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'quota_entries is append-only' USING ERRCODE = 'check_violation';
END $$;

-- Operators look members up by any part of an address or of a chat name.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX "accounts_email_trgm_idx" ON "accounts" USING gin ("email" gin_trgm_ops);
CREATE INDEX "identities_name_trgm_idx" ON "identities" USING gin (lower("display_name") gin_trgm_ops);
