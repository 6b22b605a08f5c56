import type { Prisma } from '@prisma/client';
import type { CurrentAdmin, ResourceOptions } from 'adminjs';

export type PanelResource = {
  model: Prisma.ModelName;
  /** Columns that don't exist for the panel: secrets and their hashes, and what only machines read. */
  withheld: readonly string[];
  options: ResourceOptions;
};

const never = { isAccessible: false };
/** For rows that only services write. */
export const readOnly = { new: never, edit: never, delete: never, bulkDelete: never } as const;

/** Viewers only look. */
export function mayChange(currentAdmin: CurrentAdmin | undefined): boolean {
  return currentAdmin?.role === 'owner' || currentAdmin?.role === 'operator';
}

export const newestFirst = { sortBy: 'createdAt', direction: 'desc' } as const;
