-- CreateEnum
CREATE TYPE "CheckoutState" AS ENUM ('open', 'complete', 'expired');

-- CreateEnum
CREATE TYPE "InboxState" AS ENUM ('pending', 'done', 'ignored', 'failed');

-- AlterTable
ALTER TABLE "accounts" ADD COLUMN     "entitled_plan_slug" VARCHAR(32),
ADD COLUMN     "entitled_until" TIMESTAMPTZ(3),
ADD COLUMN     "month_notice" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "stripe_customer_id" VARCHAR(255);

-- AlterTable
ALTER TABLE "plans" ADD COLUMN     "description" VARCHAR(500) NOT NULL DEFAULT '',
ADD COLUMN     "stripe_price_id" VARCHAR(255);

-- AlterTable
ALTER TABLE "quota_entries" ADD COLUMN     "note" VARCHAR(200),
ADD COLUMN     "purchase_id" VARCHAR(255),
ADD COLUMN     "top_up" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "subscriptions" (
    "id" VARCHAR(255) NOT NULL,
    "account_id" UUID NOT NULL,
    "plan_slug" VARCHAR(32),
    "price_id" VARCHAR(255) NOT NULL,
    "status" VARCHAR(32) NOT NULL,
    "amount" INTEGER NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "interval" VARCHAR(8) NOT NULL,
    "current_period_end" TIMESTAMPTZ(3),
    "cancel_at" TIMESTAMPTZ(3),
    "past_due_since" TIMESTAMPTZ(3),
    "collection_paused" BOOLEAN NOT NULL DEFAULT false,
    "payment_reversed" VARCHAR(16),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "synced_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "subscriptions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "plan_grants" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "plan_slug" VARCHAR(32) NOT NULL,
    "reason" VARCHAR(200) NOT NULL DEFAULT '',
    "until" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "plan_grants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "packs" (
    "slug" VARCHAR(32) NOT NULL,
    "name" VARCHAR(64) NOT NULL,
    "images" INTEGER NOT NULL,
    "stripe_price_id" VARCHAR(255),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "packs_pkey" PRIMARY KEY ("slug")
);

-- CreateTable
CREATE TABLE "purchases" (
    "id" VARCHAR(255) NOT NULL,
    "account_id" UUID NOT NULL,
    "pack_slug" VARCHAR(32) NOT NULL,
    "images" INTEGER NOT NULL,
    "granted" INTEGER NOT NULL DEFAULT 0,
    "amount" INTEGER NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "refunded" INTEGER NOT NULL DEFAULT 0,
    "disputed" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "synced_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "purchases_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "checkouts" (
    "id" VARCHAR(255) NOT NULL,
    "account_id" UUID NOT NULL,
    "item" VARCHAR(32) NOT NULL,
    "price_id" VARCHAR(255) NOT NULL,
    "url" TEXT NOT NULL,
    "state" "CheckoutState" NOT NULL DEFAULT 'open',
    "reply_to" JSONB,
    "locale" VARCHAR(16) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "checkouts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "inbox_events" (
    "id" UUID NOT NULL,
    "provider" VARCHAR(16) NOT NULL,
    "event_id" VARCHAR(255) NOT NULL,
    "type" VARCHAR(100) NOT NULL,
    "customer_id" VARCHAR(255),
    "state" "InboxState" NOT NULL DEFAULT 'pending',
    "reason" VARCHAR(200),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "inbox_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reconciliations" (
    "id" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "compared" INTEGER NOT NULL DEFAULT 0,
    "missed_events" INTEGER NOT NULL DEFAULT 0,
    "paid_but_not_active" INTEGER NOT NULL DEFAULT 0,
    "active_but_not_paid" INTEGER NOT NULL DEFAULT 0,
    "error" VARCHAR(200),

    CONSTRAINT "reconciliations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "usage_days" (
    "day" DATE NOT NULL,
    "provider" VARCHAR(32) NOT NULL,
    "model" VARCHAR(64) NOT NULL,
    "requested" INTEGER NOT NULL,
    "succeeded" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,
    "images" INTEGER NOT NULL,
    "cost_micros" BIGINT NOT NULL,

    CONSTRAINT "usage_days_pkey" PRIMARY KEY ("day","provider","model")
);

-- CreateTable
CREATE TABLE "notices" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "platform" "Platform" NOT NULL,
    "reply_to" JSONB,
    "platform_user_id" VARCHAR(64) NOT NULL,
    "locale" VARCHAR(16) NOT NULL,
    "key" VARCHAR(64) NOT NULL,
    "values" JSONB NOT NULL,
    "subject" VARCHAR(200) NOT NULL,
    "state" "DeliveryState" NOT NULL DEFAULT 'pending',
    "via" VARCHAR(16),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "last_error" VARCHAR(200),
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "notices_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "subscriptions_account_id_idx" ON "subscriptions"("account_id");

-- CreateIndex
CREATE INDEX "subscriptions_status_idx" ON "subscriptions"("status");

-- CreateIndex
CREATE INDEX "plan_grants_account_id_idx" ON "plan_grants"("account_id");

-- CreateIndex
CREATE UNIQUE INDEX "packs_stripe_price_id_key" ON "packs"("stripe_price_id");

-- CreateIndex
CREATE INDEX "purchases_account_id_idx" ON "purchases"("account_id");

-- CreateIndex
CREATE INDEX "checkouts_account_id_created_at_idx" ON "checkouts"("account_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "inbox_events_created_at_idx" ON "inbox_events"("created_at" DESC);

-- CreateIndex
CREATE INDEX "inbox_events_customer_id_idx" ON "inbox_events"("customer_id");

-- CreateIndex
CREATE UNIQUE INDEX "inbox_events_provider_event_id_key" ON "inbox_events"("provider", "event_id");

-- CreateIndex
CREATE INDEX "reconciliations_started_at_idx" ON "reconciliations"("started_at" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "notices_subject_key" ON "notices"("subject");

-- CreateIndex
CREATE INDEX "notices_account_id_created_at_idx" ON "notices"("account_id", "created_at" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "accounts_stripe_customer_id_key" ON "accounts"("stripe_customer_id");

-- CreateIndex
CREATE UNIQUE INDEX "plans_stripe_price_id_key" ON "plans"("stripe_price_id");

-- CreateIndex
CREATE INDEX "quota_entries_purchase_id_idx" ON "quota_entries"("purchase_id");

-- AddForeignKey
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_entitled_plan_slug_fkey" FOREIGN KEY ("entitled_plan_slug") REFERENCES "plans"("slug") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "quota_entries" ADD CONSTRAINT "quota_entries_purchase_id_fkey" FOREIGN KEY ("purchase_id") REFERENCES "purchases"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "plan_grants" ADD CONSTRAINT "plan_grants_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "plan_grants" ADD CONSTRAINT "plan_grants_plan_slug_fkey" FOREIGN KEY ("plan_slug") REFERENCES "plans"("slug") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "purchases" ADD CONSTRAINT "purchases_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "purchases" ADD CONSTRAINT "purchases_pack_slug_fkey" FOREIGN KEY ("pack_slug") REFERENCES "packs"("slug") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "checkouts" ADD CONSTRAINT "checkouts_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notices" ADD CONSTRAINT "notices_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- A grant adds to the top-ups, or takes back when negative; everything else takes from or gives back to the plan's
-- quota and, after that, the top-ups. A refund without a generation is an operator's: it gives back some of a day.
ALTER TABLE "quota_entries" DROP CONSTRAINT "quota_entries_images_check";
ALTER TABLE "quota_entries" ADD CONSTRAINT "quota_entries_images_check" CHECK (
  CASE "kind" WHEN 'grant' THEN "images" <> 0 AND "top_up" = "images" ELSE "images" > 0 AND "top_up" BETWEEN 0 AND "images" END);
ALTER TABLE "quota_entries" DROP CONSTRAINT "quota_entries_generation_check";
ALTER TABLE "quota_entries" ADD CONSTRAINT "quota_entries_generation_check" CHECK (
  CASE "kind" WHEN 'grant' THEN "generation_id" IS NULL WHEN 'refund' THEN true ELSE "generation_id" IS NOT NULL END);
ALTER TABLE "quota_entries" ADD CONSTRAINT "quota_entries_purchase_check" CHECK ("purchase_id" IS NULL OR "kind" = 'grant');
CREATE INDEX "quota_entries_top_up_idx" ON "quota_entries" ("account_id") WHERE "top_up" <> 0;

CREATE OR REPLACE FUNCTION guard_quota_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM "quota_entries" r,
      (SELECT coalesce(sum(s."images"), 0) AS "images", coalesce(sum(s."top_up"), 0) AS "top_up" FROM "quota_entries" s
        WHERE s."generation_id" = NEW."generation_id" AND s."kind" IN ('commit', 'refund')) AS settled
    WHERE r."generation_id" = NEW."generation_id" AND r."kind" = 'reserve' AND r."day" = NEW."day"
      AND r."account_id" = NEW."account_id" AND r."images" >= NEW."images" + settled."images"
      AND r."top_up" >= NEW."top_up" + settled."top_up") THEN
    RAISE EXCEPTION 'quota of generation %: cannot % % images', NEW."generation_id", NEW."kind", NEW."images" USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER "quota_entries_settlement" ON "quota_entries";
CREATE TRIGGER "quota_entries_settlement" BEFORE INSERT ON "quota_entries"
  FOR EACH ROW WHEN (NEW."kind" IN ('commit', 'refund') AND NEW."generation_id" IS NOT NULL) EXECUTE FUNCTION guard_quota_entry();

-- What a generation gives back is settled to the image on both sides.
CREATE OR REPLACE FUNCTION guard_generation_settled() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE open integer; open_top_up integer;
BEGIN
  SELECT coalesce(sum(CASE "kind" WHEN 'reserve' THEN "images" ELSE -"images" END), 0), coalesce(sum(CASE "kind" WHEN 'reserve' THEN "top_up" ELSE -"top_up" END), 0)
    INTO open, open_top_up FROM "quota_entries" WHERE "generation_id" = NEW."id";
  IF open <> 0 OR open_top_up <> 0 THEN
    RAISE EXCEPTION 'generation % ended with % images not settled', NEW."id", open USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

-- At most one page to pay on for an account.
CREATE UNIQUE INDEX "checkouts_open_idx" ON "checkouts" ("account_id") WHERE "state" = 'open';
ALTER TABLE "checkouts" ADD CONSTRAINT "checkouts_finished_check" CHECK (("state" = 'open') = ("finished_at" IS NULL));
ALTER TABLE "packs" ADD CONSTRAINT "packs_images_check" CHECK ("images" > 0);
ALTER TABLE "purchases" ADD CONSTRAINT "purchases_granted_check" CHECK ("granted" BETWEEN 0 AND "images");
ALTER TABLE "inbox_events" ADD CONSTRAINT "inbox_events_finished_check" CHECK (("state" = 'pending') = ("finished_at" IS NULL));
ALTER TABLE "notices" ADD CONSTRAINT "notices_finished_check" CHECK (("state" = 'pending') = ("finished_at" IS NULL));
CREATE INDEX "inbox_events_pending_idx" ON "inbox_events" ("next_attempt_at") WHERE "state" = 'pending';
CREATE INDEX "notices_pending_idx" ON "notices" ("next_attempt_at") WHERE "state" = 'pending';
-- Those whose plan runs out are looked for, to be told.
CREATE INDEX "accounts_entitled_until_idx" ON "accounts" ("entitled_until") WHERE "entitled_until" IS NOT NULL;

-- What can be bought besides premium once an operator has named its price.
INSERT INTO "packs" ("slug", "name", "images", "updated_at") VALUES
  ('pack-50', '50 images', 50, now()),
  ('pack-200', '200 images', 200, now());
