/** Sends webhooks as services do: by POST, following nobody elsewhere, until it is closed. */
export function createWebhookSender() {
  const closed = new AbortController();

  /** Answers the status, null when nobody answered. */
  async function post(url: string, headers: Record<string, string>, body: string): Promise<number | null> {
    try {
      const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: closed.signal });
      await response.body?.cancel();
      return response.status;
    } catch {
      return null;
    }
  }

  /** Resolves after so long, or when it is closed. */
  function wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      closed.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  return { post, wait, isClosed: () => closed.signal.aborted, close: () => closed.abort() };
}
