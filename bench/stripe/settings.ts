export const secretKey = 'sk_test_51Bench0123456789';
export const webhookSecret = 'whsec_bench0123456789abcdef0123456789';

export type Answered = { sent: number; refused: number; p50: number; p99: number; most: number };
export type ServiceTasks = {
  /** Stripe with so many subscribed customers; every call takes `answerMs`. */
  start(input: {
    customers: number;
    answerMs: number;
  }): Promise<{ apiUrl: string; price: string; customers: string[] }>;
  /** Calls of the API so far. */
  calls(input: null): number;
};
export type LoadTasks = {
  /** Sends events of customers drawn at random, `burst` at once, so many a second, whether answered or not. */
  send(input: {
    url: string;
    customers: string[];
    perSecond: number;
    burst: number;
    seconds: number;
  }): Promise<Answered>;
};
export type BareTasks = { start(input: null): Promise<string> };
