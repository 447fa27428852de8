/** An address as a QR code (ISO/IEC 18004), drawn as one path. Loaded on request. Dark on white in both themes, as cameras expect. */
import type { JSX } from 'solid-js';
import { encode } from 'uqr';

/** Quiet zone around the code in modules; readers need four. */
const QUIET = 4;

export function QrCode(props: { readonly text: string; readonly label: string }): JSX.Element {
  const code = () => encode(props.text, { border: QUIET, ecc: 'M' });
  const path = () =>
    code()
      .data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])))
      .join('');
  return (
    <svg class="qr-code" role="img" aria-label={props.label} viewBox={`0 0 ${code().size} ${code().size}`} shape-rendering="crispEdges">
      <rect width="100%" height="100%" fill="#fff" />
      <path d={path()} fill="#000" />
    </svg>
  );
}
