import { AppError } from '../errors.ts';
import type { Payments } from './payments.ts';

/** The payments port while nothing is for sale; what operators grant goes on without it. */
export const noPayments: Payments = {
  createCustomer: refuse,
  createCheckout: refuse,
  expireCheckout: refuse,
  createPortal: refuse,
  findPrice: refuse,
  fetchStanding: refuse,
  readEvent: () => {
    throw new AppError('sales_off');
  },
  findCustomerOf: refuse,
  listEvents: refuseToList,
  listSubscriptions: refuseToList,
};

/** Throws AppError `sales_off`. */
export async function refuse(): Promise<never> {
  throw new AppError('sales_off');
}

function refuseToList(): never {
  throw new AppError('sales_off');
}
