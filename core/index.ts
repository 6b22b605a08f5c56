/** The only door to the service for bots/, web/ and admin/. */

export type { Platform } from '@prisma/client';
export type { Account, ChatIdentity } from './accounts/accounts.ts';
export { platformNames } from './accounts/accounts.ts';
export { ensureOperator } from './accounts/operator.ts';
export type { Core, CoreOptions } from './app.ts';
export { createCore } from './app.ts';
export { migrate, pendingMigrations } from './database/migrate.ts';
export { startPostgres } from './embedded/postgres.ts';
export { startRedis } from './embedded/redis.ts';
export type { ErrorCode } from './errors.ts';
export { AppError, errorCodes } from './errors.ts';
export type { PendingDelivery } from './generations/deliveries.ts';
export { promptLimit } from './generations/input.ts';
export type { GenerationWithImages, Standing } from './generations/read.ts';
export type { Accepted } from './generations/request.ts';
export type { ReplyTo } from './generations/write.ts';
export { fileNameOf } from './images/gallery.ts';
export type { Log } from './log.ts';
export { createLog } from './log.ts';
export { nearest } from './nearest.ts';
export { aspectRatios } from './providers/port.ts';
export type { Receipt } from './quotas/receipt.ts';
export { type Role, readSettings, roles, type Settings, SettingsError } from './settings.ts';
export { excerpt, longestCharacter } from './words/excerpt.ts';
export type { Values } from './words/words.ts';
export { escapeHtml } from './words/words.ts';
