/** Hands bytes to the browser's own download, under a name. They come from this page; nothing is fetched. */

export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download holds the blob from here on; a moment later even in browsers that start it late.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
