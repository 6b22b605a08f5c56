-- CreateEnum
CREATE TYPE "BroadcastState" AS ENUM ('sending', 'sent', 'cancelled');

-- CreateTable
CREATE TABLE "broadcasts" (
    "id" UUID NOT NULL,
    "text" VARCHAR(1000) NOT NULL,
    "from" TIMESTAMPTZ(3) NOT NULL,
    "to" TIMESTAMPTZ(3) NOT NULL,
    "model" VARCHAR(64),
    "failed_only" BOOLEAN NOT NULL,
    "state" "BroadcastState" NOT NULL DEFAULT 'sending',
    "total" INTEGER NOT NULL,
    "done" INTEGER NOT NULL DEFAULT 0,
    "cursor" UUID,
    "next_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "broadcasts_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "broadcasts_state_next_at_idx" ON "broadcasts"("state", "next_at");


ALTER TABLE "broadcasts" ADD CONSTRAINT "broadcasts_finished_check" CHECK (("state" = 'sending') = ("finished_at" IS NULL));
