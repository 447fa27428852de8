/** What is used of gifenc, which brings no types. */
declare module 'gifenc' {
  /** Up to 256 colours, each [red, green, blue]. */
  type Palette = readonly (readonly number[])[];
  const gifenc: {
    quantize(rgba: Uint8ClampedArray, colours: number): Palette;
    /** @returns an index into the palette for each pixel */
    applyPalette(rgba: Uint8ClampedArray, palette: Palette): Uint8Array;
    GIFEncoder(): {
      /** @param delay milliseconds */
      writeFrame(index: Uint8Array, width: number, height: number, options: { readonly palette: Palette; readonly delay: number }): void;
      finish(): void;
      bytes(): Uint8Array;
    };
  };
  export default gifenc;
}
