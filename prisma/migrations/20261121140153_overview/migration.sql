-- CreateTable
CREATE TABLE "usage_member_days" (
    "day" DATE NOT NULL,
    "account_id" UUID NOT NULL,
    "requested" INTEGER NOT NULL,
    "images" INTEGER NOT NULL,
    "cost_micros" BIGINT NOT NULL,

    CONSTRAINT "usage_member_days_pkey" PRIMARY KEY ("day","account_id")
);

-- CreateTable
CREATE TABLE "usage_failure_days" (
    "day" DATE NOT NULL,
    "provider" VARCHAR(32) NOT NULL,
    "model" VARCHAR(64) NOT NULL,
    "cause" VARCHAR(64) NOT NULL,
    "failed" INTEGER NOT NULL,

    CONSTRAINT "usage_failure_days_pkey" PRIMARY KEY ("day","provider","model","cause")
);

-- CreateTable
CREATE TABLE "usage_runs" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "usage_runs_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "usage_member_days_account_id_idx" ON "usage_member_days"("account_id");

-- CreateIndex
CREATE INDEX "accounts_created_at_id_idx" ON "accounts"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "generations_created_at_id_idx" ON "generations"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "images_created_at_id_idx" ON "images"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "purchases_created_at_idx" ON "purchases"("created_at" DESC);

-- AddForeignKey
ALTER TABLE "usage_member_days" ADD CONSTRAINT "usage_member_days_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;


ALTER TABLE "usage_runs" ADD CONSTRAINT "usage_runs_one_check" CHECK ("id" = 1);
