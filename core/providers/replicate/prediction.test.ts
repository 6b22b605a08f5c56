import { describe, expect, test } from 'vitest';
import { predictionSchema, readProgress, toStatus } from './prediction.ts';

const make = (rest: Record<string, unknown>) =>
  predictionSchema.parse({
    id: 'abc',
    status: 'processing',
    created_at: '2026-11-21T10:00:00Z',
    ...rest,
  });

test.each([
  ['', null],
  ['Using seed: 42\nLoading weights 3/4 done', null],
  [' 43%|████▎     | 12/28 [00:01<00:01, 12.5it/s]', 12 / 28],
  ['  0%|          | 0/4 [00:00<?, ?it/s]\r 50%|█████     | 2/4 [00:00<00:00]', 0.5],
  ['12/28 [00:03<00:04]', 12 / 28],
  ['Generating: 80%', 0.8],
  [' 100%|██████████| 28/28 [00:02<00:00]\nSaving', 1],
  ['version 900% better', null],
])('progress of the log %j is %j', (logs, progress) => {
  expect(readProgress(logs)).toBe(progress);
});

describe('a prediction that has ended', () => {
  test('gives one output or a list, and what they cost', () => {
    const [a, b] = ['https://example.com/a.png', 'https://example.com/b.png'];
    expect(toStatus(make({ status: 'succeeded', output: a }), 3000)).toEqual({
      state: 'succeeded',
      outputs: [{ index: 0, reference: a }],
      costMicros: 3000,
    });
    expect(toStatus(make({ status: 'succeeded', output: [a, b] }), 3000)).toMatchObject({
      outputs: [{ index: 0 }, { index: 1, reference: b }],
      costMicros: 6000,
    });
  });

  test.each([null, [], {}, 'no address'])('is a failure with the output %j', (output) => {
    expect(toStatus(make({ status: 'succeeded', output }), 1)).toMatchObject({
      state: 'failed',
      code: 'provider_failed',
    });
  });

  test('is gone once its data is removed', () => {
    expect(toStatus(make({ status: 'succeeded', output: null, data_removed: true }), 1)).toMatchObject({
      state: 'failed',
      code: 'output_gone',
    });
  });

  test.each([
    ['NSFW content detected. Try running it again, or try a different prompt.', 'provider_moderated'],
    [
      'The input or output was flagged as sensitive. Please try again with different inputs. (E005)',
      'provider_moderated',
    ],
    ['Service is currently unavailable due to high demand. Please try again later. (E003)', 'provider_unavailable'],
    ['CUDA out of memory. Tried to allocate 5.92 GiB', 'provider_failed'],
    [null, 'provider_failed'],
  ])('with the error %j is %s', (error, code) => {
    expect(toStatus(make({ status: 'failed', error }), 1)).toMatchObject({
      state: 'failed',
      code,
    });
  });

  test('never repeats the prompt in its message', () => {
    const prompt = 'my secret garden at dawn';
    const status = toStatus(
      make({
        status: 'failed',
        error: `cannot encode "${prompt}"`,
        input: { prompt },
      }),
      1,
    );
    expect(status).toMatchObject({ message: 'cannot encode "…"' });
  });

  test('is cancelled by people, but fails by its deadline', () => {
    expect(
      toStatus(
        make({
          status: 'canceled',
          deadline: '2026-11-21T10:03:00Z',
          completed_at: '2026-11-21T10:00:05Z',
        }),
        1,
      ),
    ).toEqual({ state: 'cancelled' });
    expect(
      toStatus(
        make({
          status: 'canceled',
          deadline: '2026-11-21T10:03:00Z',
          completed_at: '2026-11-21T10:03:00Z',
        }),
        1,
      ),
    ).toMatchObject({ state: 'failed', code: 'provider_failed' });
    expect(toStatus(make({ status: 'aborted' }), 1)).toMatchObject({
      state: 'failed',
      code: 'provider_unavailable',
    });
  });
});
