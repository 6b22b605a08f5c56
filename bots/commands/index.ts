import type { Action, Command } from '../chat.ts';
import { account } from './account.ts';
import { apikey } from './apikey.ts';
import { billing } from './billing.ts';
import { cancel, cancelAction } from './cancel.ts';
import { help } from './help.ts';
import { againAction, imagine } from './imagine.ts';
import { link } from './link.ts';
import { buyAction, premium } from './premium.ts';
import { queue } from './queue.ts';
import { quota } from './quota.ts';
import { report } from './report.ts';
import { deleteAction, show } from './show.ts';
import { start } from './start.ts';
import { unlink } from './unlink.ts';
import { verify } from './verify.ts';

/** Every command, in the order in which help lists them. */
export const commands: readonly Command[] = [
  imagine,
  show,
  queue,
  cancel,
  report,
  quota,
  premium,
  billing,
  link,
  verify,
  account,
  unlink,
  apikey,
  start,
  help,
];
export const actions: readonly Action[] = [cancelAction, againAction, deleteAction, buyAction];
