-- CreateIndex
CREATE INDEX "generations_account_id_style_created_at_idx" ON "generations"("account_id", "style", "created_at" DESC);

-- CreateIndex
CREATE INDEX "images_account_id_favourite_created_at_id_idx" ON "images"("account_id", "favourite", "created_at" DESC, "id" DESC);


-- What is not in schema.prisma: words of prompts, for looking for pictures. Must match core/images/search.ts.
CREATE INDEX "generations_prompt_words_idx" ON "generations" USING gin (to_tsvector('simple', "prompt"));
