import type { Places } from './places.ts';

const page = 'limit=20';
const generations = `/v1/generations?${page}`;
const images = `/v1/images?${page}`;

/** Where to ask; `call` counts the questions. */
export type AddressOf = (places: Places, call: number) => string;

/** What is asked of both sides. The answers have as many rows on either, a page of 20 unless another number is named. */
export const routes: Record<string, AddressOf> = {
  generations: () => generations,
  'generations, deep': (places) => `${generations}&cursor=${places.generations}`,
  'generations, succeeded': () => `${generations}&status=succeeded`,
  'generations, failed': () => `${generations}&status=failed`,
  'generations, cancelled': () => `${generations}&status=cancelled`,
  'generations, moderated': () => `${generations}&status=moderated`,
  'generations, queued (3)': () => `${generations}&status=queued`,
  'generations, running (2)': () => `${generations}&status=running`,
  images: () => images,
  'images, deep': (places) => `${images}&cursor=${places.images}`,
  'images, favourite': () => `${images}&favourite=true`,
  'images, style': () => `${images}&style=watercolor`,
  'images, style and favourite': () => `${images}&style=watercolor&favourite=true`,
  'images, from and to': ({ from, to }) => `${images}&from=${from}&to=${to}`,
  'images, word in one of three': () => `${images}&q=fox`,
  'images, word in twelve': () => `${images}&q=zeppelin`,
  'images, beginnings of two words': () => `${images}&q=ow+pict`,
  "images, word of others' only (0)": () => `${images}&q=harbour`,
  'images, all at once': ({ from, to }) => `${images}&q=fox&style=watercolor&from=${from}&to=${to}`,
  'a picture': ({ pictures }, call) => `/v1/images/${pictures[call % pictures.length]?.id}/content`,
  'webhook endpoints (1)': () => '/v1/webhook-endpoints',
  'webhook deliveries': ({ endpoint }) => `/v1/webhook-endpoints/${endpoint}/deliveries?${page}`,
  'webhook deliveries, deep': ({ endpoint, deliveries }) =>
    `/v1/webhook-endpoints/${endpoint}/deliveries?${page}&cursor=${deliveries}`,
  'API keys (1)': () => '/v1/api-keys',
};
