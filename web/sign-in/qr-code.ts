import { encode } from 'uqr';
import { escapeHtml } from '../../core/index.ts';

/** Light modules around it, without which cameras do not find it. */
const border = 4;

/** A QR code as SVG within a page, dark on light whatever the page's colours: not every app reads the reverse. */
export function drawQrCode(text: string, label: string): string {
  const { data, size } = encode(text, { ecc: 'M', border });
  const path = data.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('');
  return `<svg class="qr" role="img" aria-label="${escapeHtml(label)}" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">
<rect width="${size}" height="${size}" fill="#ffffff"/><path fill="#000000" d="${path}"/>
</svg>`;
}
