import { createHmac, randomUUID } from 'node:crypto';
import { answerParent } from '../support/child.ts';
import { type LoadTasks, webhookSecret } from './settings.ts';

answerParent({
  async send({ url, customers, perSecond, burst, seconds }) {
    const bursts = Math.round((perSecond * seconds) / burst);
    const began = performance.now();
    const sending: Promise<{ ms: number; ok: boolean }>[] = [];
    for (let number = 0; number < bursts; number++) {
      const due = began + (number * burst * 1_000) / perSecond;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      for (let each = 0; each < burst; each++)
        sending.push(post(url, customers[Math.floor(Math.random() * customers.length)] as string));
    }
    const answers = await Promise.all(sending);
    const times = answers.map(({ ms }) => ms).sort((one, other) => one - other);
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
    const refused = answers.filter(({ ok }) => !ok).length;
    return { sent: answers.length, refused, p50: at(0.5), p99: at(0.99), most: at(1) };
  },
} satisfies LoadTasks);

async function post(url: string, customer: string): Promise<{ ms: number; ok: boolean }> {
  const at = Math.floor(Date.now() / 1_000);
  const object = { id: `sub_${randomUUID()}`, object: 'subscription', customer, status: 'active' };
  const event = { id: `evt_${randomUUID()}`, object: 'event', type: 'customer.subscription.updated', created: at };
  const body = JSON.stringify({ ...event, data: { object } }, null, 2);
  const signature = createHmac('sha256', webhookSecret).update(`${at}.${body}`).digest('hex');
  const began = performance.now();
  const headers = { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${signature}` };
  const ok = await fetch(url, { method: 'POST', headers, body }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
  return { ms: performance.now() - began, ok };
}
