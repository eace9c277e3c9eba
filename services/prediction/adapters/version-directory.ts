import { readdir, stat } from "node:fs/promises";
import path from "node:path";

const VERSION_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;
const byNumber = new Intl.Collator("en", { numeric: true });

/** True when the first version is as new as the second, or newer: 1.10.0 is newer than 1.9.0. */
export const isAsNew = (version: string, other: string): boolean => byNumber.compare(version, other) >= 0;

/** The versions in a directory, one directory each, newest first; none when it does not exist. */
export async function versionsIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && VERSION_NAME.test(entry.name))
    .map((entry) => entry.name)
    .sort((a, b) => byNumber.compare(b, a));
}

/** Changes whenever a file of the version does; undefined when there is no such version. */
export async function fingerprint(directory: string, version: string): Promise<string | undefined> {
  if (!VERSION_NAME.test(version)) return undefined;
  const files = await readdir(path.join(directory, version)).catch(() => undefined);
  const prints = files?.sort().map(async (file) => {
    const { size, mtimeMs, ino } = await stat(path.join(directory, version, file));
    return `${file}:${size}:${mtimeMs}:${ino}`;
  });
  return prints && (await Promise.all(prints)).join();
}
