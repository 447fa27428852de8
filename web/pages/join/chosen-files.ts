/**
 * Files with their folders, however a person gave them: chosen one by one, as a folder, or dropped. The path becomes the file's name,
 * because not every browser passes `webkitRelativePath` to a worker. It does not read their content.
 */
import { IMAGE_FILES_MAX } from '#protocol/limits';

/** The same bytes, named by their path. */
function namedBy(path: string, file: File): File {
  return path === file.name ? file : new File([file], path, { type: file.type, lastModified: file.lastModified });
}

export function filesOf(list: FileList | null | undefined): File[] {
  return Array.from(list ?? [], (file) => namedBy(file.webkitRelativePath || file.name, file));
}

/** Walks dropped folders up to one file beyond the limit, enough to refuse by count. */
export async function droppedFiles(transfer: DataTransfer | null): Promise<File[]> {
  // The list is empty once the event ends, so read all entries before the first await.
  const entries = Array.from(transfer?.items ?? []).flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return filesOf(transfer?.files);
  const files: File[] = [];
  const waiting = entries.reverse();
  for (let entry = waiting.pop(); entry !== undefined && files.length <= IMAGE_FILES_MAX; entry = waiting.pop()) {
    if (isFile(entry)) files.push(namedBy(entry.fullPath.replace(/^\//, ''), await opened(entry)));
    else waiting.push(...(await listed(entry as FileSystemDirectoryEntry)).reverse());
  }
  return files;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function opened(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A reader returns a folder's entries in batches, and an empty batch at the end. */
async function listed(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  while (all.length <= IMAGE_FILES_MAX) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) break;
    all.push(...part);
  }
  return all;
}
