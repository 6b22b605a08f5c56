export type Page = { status: number; html: string } | { redirect: string };

/** A whole page; `body` is markup already. */
export function page(title: string, body: string, status = 200): Page {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
body { font: 16px/1.5 sans-serif; max-width: 30rem; margin: 2rem auto; padding: 0 1rem }
label { display: block; margin-top: 1rem }
input { display: block; width: 100%; padding: .5rem; box-sizing: border-box }
button { margin-top: 1rem; padding: .5rem 1rem }
[role=alert] { color: #b00020 }
</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>`;
  return { status, html };
}

export function escapeHtml(text: string): string {
  const marks: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (mark) => marks[mark] ?? mark);
}

/** A labelled field; `given` is what stood there before. */
export function field(label: string, name: string, given: string, attributes = ''): string {
  return `<label>${escapeHtml(label)} <input name="${name}" value="${escapeHtml(given)}" ${attributes}></label>`;
}

/** `$12.00` */
export function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
}
