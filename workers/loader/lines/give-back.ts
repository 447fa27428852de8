/** Frees a buffer's memory at once instead of waiting for the garbage collector. The buffer is unusable afterwards. */
export function giveBack(buffer: ArrayBufferLike): void {
  // Browsers without ArrayBuffer.prototype.transfer (ES2024), and shared memory, wait for the collector.
  if (buffer instanceof ArrayBuffer && 'transfer' in buffer) buffer.transfer(0);
}
