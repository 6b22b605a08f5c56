-- CreateEnum
CREATE TYPE "RuleMatch" AS ENUM ('literal', 'pattern');

-- CreateEnum
CREATE TYPE "RuleAction" AS ENUM ('block', 'replace', 'warn');

-- CreateEnum
CREATE TYPE "ReportSource" AS ENUM ('member', 'rule', 'appeal');

-- CreateEnum
CREATE TYPE "ReportState" AS ENUM ('open', 'dismissed', 'upheld');

-- AlterTable
ALTER TABLE "images" ADD COLUMN     "hidden_at" TIMESTAMPTZ(3),
ADD COLUMN     "hidden_reason" VARCHAR(200);

-- CreateTable
CREATE TABLE "audit_entries" (
    "id" BIGSERIAL NOT NULL,
    "actor_id" UUID NOT NULL,
    "actor_name" VARCHAR(254) NOT NULL,
    "action" VARCHAR(64) NOT NULL,
    "subject_type" VARCHAR(32) NOT NULL,
    "subject_id" VARCHAR(255) NOT NULL,
    "account_id" UUID,
    "before" JSONB,
    "after" JSONB,
    "reason" VARCHAR(500) NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "prompt_rules" (
    "id" UUID NOT NULL,
    "name" VARCHAR(64) NOT NULL,
    "match" "RuleMatch" NOT NULL DEFAULT 'literal',
    "text" VARCHAR(500) NOT NULL,
    "action" "RuleAction" NOT NULL DEFAULT 'block',
    "replacement" VARCHAR(500) NOT NULL DEFAULT '',
    "message" VARCHAR(300) NOT NULL DEFAULT '',
    "server_id" VARCHAR(64),
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "prompt_rules_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reports" (
    "id" UUID NOT NULL,
    "image_id" UUID NOT NULL,
    "source" "ReportSource" NOT NULL,
    "account_id" UUID,
    "reason" VARCHAR(500) NOT NULL DEFAULT '',
    "state" "ReportState" NOT NULL DEFAULT 'open',
    "decided_by" UUID,
    "decided_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "reports_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pauses" (
    "target" VARCHAR(100) NOT NULL,
    "message" VARCHAR(300) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pauses_pkey" PRIMARY KEY ("target")
);

-- CreateTable
CREATE TABLE "chat_servers" (
    "id" VARCHAR(64) NOT NULL,
    "platform" "Platform" NOT NULL,
    "name" VARCHAR(100) NOT NULL DEFAULT '',
    "first_used_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL,
    "requests" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "chat_servers_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "audit_entries_created_at_idx" ON "audit_entries"("created_at" DESC);

-- CreateIndex
CREATE INDEX "audit_entries_subject_type_subject_id_idx" ON "audit_entries"("subject_type", "subject_id");

-- CreateIndex
CREATE INDEX "audit_entries_account_id_created_at_idx" ON "audit_entries"("account_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "reports_state_created_at_idx" ON "reports"("state", "created_at");

-- CreateIndex
CREATE INDEX "reports_image_id_idx" ON "reports"("image_id");

-- AddForeignKey
ALTER TABLE "reports" ADD CONSTRAINT "reports_image_id_fkey" FOREIGN KEY ("image_id") REFERENCES "images"("id") ON DELETE CASCADE ON UPDATE CASCADE;


CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_entries is append-only' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER "audit_entries_append_only" BEFORE UPDATE OR DELETE ON "audit_entries"
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();

ALTER TABLE "images" ADD CONSTRAINT "images_hidden_check" CHECK ("hidden_at" IS NOT NULL OR "hidden_reason" IS NULL);
ALTER TABLE "reports" ADD CONSTRAINT "reports_decided_check" CHECK (("state" = 'open') = ("decided_at" IS NULL));
ALTER TABLE "prompt_rules" ADD CONSTRAINT "prompt_rules_text_check" CHECK ("text" <> '');
-- What is looked at in the review queue once: not again for each who reports it the same way.
CREATE UNIQUE INDEX "reports_once_idx" ON "reports" ("image_id", "source", "account_id") WHERE "state" = 'open';
