/**
 * The columns of a table for a SELECT whose rows look as Prisma's do: called as the fields are.
 * @param fields Prisma's own list, such as `Prisma.ImageScalarFieldEnum`
 */
export function selectColumns(fields: Record<string, string>): string {
  return Object.values(fields)
    .map((field) => `"${field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}" AS "${field}"`)
    .join(', ');
}
