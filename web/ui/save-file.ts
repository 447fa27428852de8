/** Saves bytes as a browser download. They come from this page; nothing is fetched. */

export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download now holds the blob; some browsers start it a moment later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
