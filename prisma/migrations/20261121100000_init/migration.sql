-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "Role" AS ENUM ('member', 'viewer', 'operator', 'owner');

-- CreateEnum
CREATE TYPE "AccountStatus" AS ENUM ('active', 'suspended');

-- CreateEnum
CREATE TYPE "Platform" AS ENUM ('discord', 'telegram', 'web');

-- CreateEnum
CREATE TYPE "CodePurpose" AS ENUM ('link');

-- CreateEnum
CREATE TYPE "GenerationState" AS ENUM ('accepted', 'queued', 'submitting', 'submit_unknown', 'running', 'fetching', 'stored', 'succeeded', 'failed', 'cancelled', 'moderated');

-- CreateEnum
CREATE TYPE "QuotaKind" AS ENUM ('reserve', 'commit', 'refund', 'grant');

-- CreateEnum
CREATE TYPE "DeliveryState" AS ENUM ('pending', 'delivered', 'abandoned');

-- CreateTable
CREATE TABLE "plans" (
    "slug" VARCHAR(32) NOT NULL,
    "name" VARCHAR(64) NOT NULL,
    "per_day" INTEGER NOT NULL,
    "per_month" INTEGER,
    "per_minute" INTEGER NOT NULL,
    "cooldown_seconds" INTEGER NOT NULL,
    "concurrent" INTEGER NOT NULL,
    "priority" INTEGER NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "plans_pkey" PRIMARY KEY ("slug")
);

-- CreateTable
CREATE TABLE "accounts" (
    "id" UUID NOT NULL,
    "email" VARCHAR(254) NOT NULL,
    "role" "Role" NOT NULL DEFAULT 'member',
    "status" "AccountStatus" NOT NULL DEFAULT 'active',
    "plan_slug" VARCHAR(32) NOT NULL DEFAULT 'free',
    "locale" VARCHAR(16) NOT NULL DEFAULT 'en',
    "password_hash" VARCHAR(256),
    "quota_epoch" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "identities" (
    "id" UUID NOT NULL,
    "platform" "Platform" NOT NULL,
    "platform_user_id" VARCHAR(64) NOT NULL,
    "account_id" UUID NOT NULL,
    "display_name" VARCHAR(128) NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "identities_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "email_codes" (
    "id" UUID NOT NULL,
    "purpose" "CodePurpose" NOT NULL,
    "email" VARCHAR(254) NOT NULL,
    "platform" "Platform" NOT NULL,
    "platform_user_id" VARCHAR(64) NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "guesses_left" INTEGER NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "email_codes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "generations" (
    "id" UUID NOT NULL,
    "ref" VARCHAR(8) NOT NULL,
    "account_id" UUID NOT NULL,
    "source" VARCHAR(64) NOT NULL,
    "request_id" VARCHAR(200) NOT NULL,
    "prompt" TEXT NOT NULL,
    "negative_prompt" TEXT,
    "model" VARCHAR(64) NOT NULL,
    "style" VARCHAR(32),
    "aspect_ratio" VARCHAR(8) NOT NULL,
    "count" INTEGER NOT NULL,
    "seed" INTEGER NOT NULL,
    "locale" VARCHAR(16) NOT NULL,
    "priority" INTEGER NOT NULL,
    "state" "GenerationState" NOT NULL DEFAULT 'accepted',
    "version" INTEGER NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "provider" VARCHAR(32) NOT NULL,
    "operation" JSONB,
    "provider_id" VARCHAR(128),
    "progress" DOUBLE PRECISION,
    "error_code" VARCHAR(64),
    "cost_micros" INTEGER,
    "cancel_requested" BOOLEAN NOT NULL DEFAULT false,
    "lease_owner" VARCHAR(64),
    "lease_until" TIMESTAMPTZ(3),
    "reply_to" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "submitted_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "generations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "images" (
    "id" UUID NOT NULL,
    "generation_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "index" INTEGER NOT NULL,
    "storage_key" VARCHAR(200) NOT NULL,
    "thumbnail_key" VARCHAR(200) NOT NULL,
    "content_type" VARCHAR(32) NOT NULL,
    "bytes" INTEGER NOT NULL,
    "width" INTEGER NOT NULL,
    "height" INTEGER NOT NULL,
    "sha256" CHAR(64) NOT NULL,
    "placeholder" VARCHAR(64) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "images_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "quota_entries" (
    "id" BIGSERIAL NOT NULL,
    "account_id" UUID NOT NULL,
    "generation_id" UUID,
    "kind" "QuotaKind" NOT NULL,
    "images" INTEGER NOT NULL,
    "day" DATE NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "quota_entries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "topic" VARCHAR(32) NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "id" UUID NOT NULL,
    "generation_id" UUID NOT NULL,
    "platform" "Platform" NOT NULL,
    "state" "DeliveryState" NOT NULL DEFAULT 'pending',
    "via" VARCHAR(16),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "last_error" VARCHAR(200),
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "name" VARCHAR(64) NOT NULL,
    "key_hash" BYTEA NOT NULL,
    "prefix" VARCHAR(16) NOT NULL,
    "last_four" CHAR(4) NOT NULL,
    "scopes" TEXT[],
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "web_messages" (
    "id" UUID NOT NULL,
    "visitor_id" VARCHAR(64) NOT NULL,
    "from_bot" BOOLEAN NOT NULL,
    "content" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "web_messages_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "accounts_email_key" ON "accounts"("email");

-- CreateIndex
CREATE INDEX "identities_account_id_idx" ON "identities"("account_id");

-- CreateIndex
CREATE UNIQUE INDEX "identities_platform_platform_user_id_key" ON "identities"("platform", "platform_user_id");

-- CreateIndex
CREATE INDEX "email_codes_platform_platform_user_id_created_at_idx" ON "email_codes"("platform", "platform_user_id", "created_at");

-- CreateIndex
CREATE INDEX "email_codes_email_created_at_idx" ON "email_codes"("email", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "generations_provider_id_key" ON "generations"("provider_id");

-- CreateIndex
CREATE INDEX "generations_account_id_created_at_id_idx" ON "generations"("account_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "generations_model_finished_at_idx" ON "generations"("model", "finished_at" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "generations_source_request_id_key" ON "generations"("source", "request_id");

-- CreateIndex
CREATE UNIQUE INDEX "generations_account_id_ref_key" ON "generations"("account_id", "ref");

-- CreateIndex
CREATE UNIQUE INDEX "images_storage_key_key" ON "images"("storage_key");

-- CreateIndex
CREATE INDEX "images_account_id_created_at_id_idx" ON "images"("account_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "images_generation_id_index_key" ON "images"("generation_id", "index");

-- CreateIndex
CREATE INDEX "quota_entries_account_id_day_idx" ON "quota_entries"("account_id", "day");

-- CreateIndex
CREATE UNIQUE INDEX "quota_entries_generation_id_kind_key" ON "quota_entries"("generation_id", "kind");

-- CreateIndex
CREATE INDEX "outbox_created_at_idx" ON "outbox"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "deliveries_generation_id_platform_key" ON "deliveries"("generation_id", "platform");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_key_hash_key" ON "api_keys"("key_hash");

-- CreateIndex
CREATE INDEX "api_keys_account_id_idx" ON "api_keys"("account_id");

-- CreateIndex
CREATE INDEX "web_messages_visitor_id_created_at_idx" ON "web_messages"("visitor_id", "created_at");

-- AddForeignKey
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_plan_slug_fkey" FOREIGN KEY ("plan_slug") REFERENCES "plans"("slug") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "identities" ADD CONSTRAINT "identities_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "generations" ADD CONSTRAINT "generations_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "images" ADD CONSTRAINT "images_generation_id_fkey" FOREIGN KEY ("generation_id") REFERENCES "generations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "images" ADD CONSTRAINT "images_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "quota_entries" ADD CONSTRAINT "quota_entries_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "quota_entries" ADD CONSTRAINT "quota_entries_generation_id_fkey" FOREIGN KEY ("generation_id") REFERENCES "generations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_generation_id_fkey" FOREIGN KEY ("generation_id") REFERENCES "generations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;



-- What follows is not in schema.prisma: rules that must hold whatever the code does.

ALTER TABLE "plans" ADD CONSTRAINT "plans_limits_check" CHECK (
  "per_day" >= 0 AND ("per_month" IS NULL OR "per_month" >= 0) AND "per_minute" > 0
  AND "cooldown_seconds" >= 0 AND "concurrent" > 0 AND "priority" BETWEEN 1 AND 1000000);

ALTER TABLE "accounts" ADD CONSTRAINT "accounts_email_check" CHECK ("email" = lower("email") AND "email" LIKE '_%@_%');

ALTER TABLE "email_codes" ADD CONSTRAINT "email_codes_guesses_check" CHECK ("guesses_left" BETWEEN 0 AND 5);

ALTER TABLE "generations" ADD CONSTRAINT "generations_input_check" CHECK (
  "count" BETWEEN 1 AND 10 AND "seed" >= 0 AND char_length("prompt") BETWEEN 1 AND 8000);
ALTER TABLE "generations" ADD CONSTRAINT "generations_finished_check" CHECK (
  ("state" IN ('succeeded', 'failed', 'cancelled', 'moderated')) = ("finished_at" IS NOT NULL));
ALTER TABLE "generations" ADD CONSTRAINT "generations_operation_check" CHECK (
  "state" NOT IN ('running', 'fetching', 'stored', 'succeeded') OR "operation" IS NOT NULL);

ALTER TABLE "images" ADD CONSTRAINT "images_size_check" CHECK ("bytes" > 0 AND "width" > 0 AND "height" > 0 AND "index" >= 0);
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_finished_check" CHECK (("state" = 'pending') = ("finished_at" IS NULL));
ALTER TABLE "quota_entries" ADD CONSTRAINT "quota_entries_images_check" CHECK ("images" > 0);
ALTER TABLE "quota_entries" ADD CONSTRAINT "quota_entries_generation_check" CHECK (("kind" = 'grant') = ("generation_id" IS NULL));

-- Only what is waiting or in hand is looked for by the worker and the sweep; the ended rows stay out of these indexes.
CREATE INDEX "generations_waiting_idx" ON "generations" ("priority", "created_at", "id") WHERE "state" IN ('accepted', 'queued');
CREATE INDEX "generations_unfinished_idx" ON "generations" ("account_id", "created_at") WHERE "finished_at" IS NULL;
CREATE INDEX "deliveries_pending_idx" ON "deliveries" ("next_attempt_at") WHERE "state" = 'pending';

-- One move at a time, and only along the drawn lines.
CREATE FUNCTION guard_generation_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."version" <= OLD."version" THEN
    RAISE EXCEPTION 'generation %: a move must raise the version', OLD."id" USING ERRCODE = 'check_violation';
  END IF;
  IF NOT (CASE OLD."state"
    WHEN 'accepted' THEN NEW."state" IN ('queued', 'submitting', 'cancelled', 'failed')
    WHEN 'queued' THEN NEW."state" IN ('submitting', 'cancelled', 'failed')
    WHEN 'submitting' THEN NEW."state" IN ('running', 'submit_unknown', 'queued', 'failed', 'moderated', 'cancelled')
    WHEN 'submit_unknown' THEN NEW."state" IN ('running', 'queued', 'failed', 'cancelled')
    WHEN 'running' THEN NEW."state" IN ('fetching', 'failed', 'moderated', 'cancelled')
    WHEN 'fetching' THEN NEW."state" IN ('stored', 'failed')
    WHEN 'stored' THEN NEW."state" = 'succeeded'
    ELSE false END) THEN
    RAISE EXCEPTION 'generation %: % cannot become %', OLD."id", OLD."state", NEW."state" USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "generations_move" BEFORE UPDATE OF "state" ON "generations"
  FOR EACH ROW WHEN (OLD."state" IS DISTINCT FROM NEW."state") EXECUTE FUNCTION guard_generation_move();

-- A generation that has ended is settled: what was reserved is committed or given back, to the image.
CREATE FUNCTION guard_generation_settled() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE reserved integer; settled integer;
BEGIN
  SELECT coalesce(sum("images") FILTER (WHERE "kind" = 'reserve'), 0), coalesce(sum("images") FILTER (WHERE "kind" IN ('commit', 'refund')), 0)
    INTO reserved, settled FROM "quota_entries" WHERE "generation_id" = NEW."id";
  IF reserved <> settled THEN
    RAISE EXCEPTION 'generation % ended with % images reserved and % settled', NEW."id", reserved, settled USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER "generations_settled" AFTER UPDATE OF "state" ON "generations"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW."finished_at" IS NOT NULL) EXECUTE FUNCTION guard_generation_settled();

-- The ledger is only ever added to, and a settlement never exceeds what was reserved nor moves it to another day.
CREATE FUNCTION guard_quota_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM "quota_entries" r WHERE r."generation_id" = NEW."generation_id" AND r."kind" = 'reserve' AND r."day" = NEW."day"
      AND r."account_id" = NEW."account_id" AND r."images" >= NEW."images" + (
        SELECT coalesce(sum(s."images"), 0) FROM "quota_entries" s
        WHERE s."generation_id" = NEW."generation_id" AND s."kind" IN ('commit', 'refund'))) THEN
    RAISE EXCEPTION 'quota of generation %: cannot % % images', NEW."generation_id", NEW."kind", NEW."images" USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "quota_entries_settlement" BEFORE INSERT ON "quota_entries"
  FOR EACH ROW WHEN (NEW."kind" IN ('commit', 'refund')) EXECUTE FUNCTION guard_quota_entry();

CREATE FUNCTION refuse_quota_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Deeper than one is the cascade from an account that is being forgotten.
  IF pg_trigger_depth() = 1 THEN
    RAISE EXCEPTION 'quota_entries is append-only' USING ERRCODE = 'check_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER "quota_entries_append_only" BEFORE UPDATE OR DELETE ON "quota_entries"
  FOR EACH ROW EXECUTE FUNCTION refuse_quota_change();

-- The plans that Easel starts with; operators edit them afterwards.
INSERT INTO "plans" ("slug", "name", "per_day", "per_month", "per_minute", "cooldown_seconds", "concurrent", "priority", "updated_at") VALUES
  ('free', 'Free', 20, NULL, 5, 3, 2, 100, now()),
  ('premium', 'Premium', 100, 2000, 30, 0, 5, 10, now());
