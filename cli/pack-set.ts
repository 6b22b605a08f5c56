import type { Core } from '../core/index.ts';
import { type Answer, CommandError, type Given, UsageError } from './command.ts';
import { checkPrice, describePrice, readPrice } from './price.ts';
import { withCore } from './with-core.ts';

type Changes = { images?: number; stripePriceId?: string | null };

/** Changes a pack, or makes a new one. */
export async function run(given: Given): Promise<Answer> {
  const [slug = ''] = given.positionals;
  if (!/^[a-z0-9-]{1,32}$/.test(slug))
    throw new UsageError(`A pack's name is of small letters, digits and hyphens, at most 32; not ${slug}`);
  const { images, price } = given.options;
  const changes: Changes = {
    ...(images === undefined ? {} : { images: readImages(images) }),
    ...(price === undefined ? {} : { stripePriceId: readPrice(price) }),
  };
  if (!Object.keys(changes).length) throw new UsageError('Say what to change: --images, --price');
  return withCore(given, async (core) => {
    if (changes.stripePriceId) await checkPrice(core, { price: changes.stripePriceId, kind: 'pack', slug });
    const { name, ...pack } = await write(core, slug, changes);
    return {
      ok: true,
      lines: [`Pack ${slug}: ${pack.images} images, ${describePrice(pack.stripePriceId)}`],
      data: { pack: { slug, name, images: pack.images, price: pack.stripePriceId } },
    };
  });
}

async function write(core: Core, slug: string, changes: Changes) {
  const { prisma } = core.database;
  const known = await prisma.pack.findUnique({ where: { slug } });
  const { images = known?.images } = changes;
  if (!images) throw new CommandError(`There is no pack ${slug}; with --images one is made`);
  // A name that was made of the number goes with it.
  const isMade = !known || known.name === nameOf(known.images);
  const data = { ...changes, images, ...(isMade ? { name: nameOf(images) } : {}) };
  return known
    ? prisma.pack.update({ where: { slug }, data })
    : prisma.pack.create({ data: { ...data, slug, name: nameOf(images) } });
}

const nameOf = (images: number): string => `${images} images`;

function readImages(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`--images must be a whole number from 1 to 999999, not ${text}`);
}
