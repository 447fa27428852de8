/** A small picture, pixel by pixel, as the model sees it. Nothing is smoothed. */
import { createEffect, type JSX } from 'solid-js';
import '../../styles/images.css';

export interface PixelViewProps {
  readonly width: number;
  readonly height: number;
  readonly colour: 'grey' | 'rgb';
  /** Height x width x channels bytes. */
  readonly pixels: Uint8Array;
  readonly label: string;
}

export function PixelView(props: PixelViewProps): JSX.Element {
  let canvas!: HTMLCanvasElement;
  createEffect(() => {
    const channels = props.colour === 'rgb' ? 3 : 1;
    const image = new ImageData(props.width, props.height);
    for (let i = 0; i < props.width * props.height; i++) {
      for (let c = 0; c < 3; c++) image.data[i * 4 + c] = props.pixels[i * channels + (c % channels)] ?? 0;
      image.data[i * 4 + 3] = 255;
    }
    canvas.getContext('2d')!.putImageData(image, 0, 0);
  });
  return (
    <figure class="pixel-view">
      <canvas ref={canvas} width={props.width} height={props.height} aria-hidden="true" />
      <figcaption class="quiet">{props.label}</figcaption>
    </figure>
  );
}
