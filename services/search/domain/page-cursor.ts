import { createHash } from "node:crypto";
import { CursorMismatch } from "../search.contract.ts";
import type { Position } from "../search-engine.ts";

/** What identifies a query: its cursor is good for nothing else. */
export const queryMark = (query: object): string =>
  createHash("sha256").update(JSON.stringify(query)).digest("base64url").slice(0, 12);

export const encodeCursor = (mark: string, position: Position): string =>
  Buffer.from(JSON.stringify([mark, ...position])).toString("base64url");

/** True for a cursor that the query with this mark gave. */
export const isCursorOf = (mark: string, cursor: string): boolean => parsed(cursor)[0] === mark;

/** Throws `CURSOR_MISMATCH` for a cursor of another query, and for one that is none. */
export function decodeCursor(mark: string, cursor: string, sortKeys: number): Position {
  const [ofQuery, ...position] = parsed(cursor);
  const numbers = position.slice(0, -1);
  const sound =
    position.length === sortKeys + 1 && numbers.every(Number.isFinite) && typeof position.at(-1) === "string";
  if (ofQuery !== mark || !sound) throw CursorMismatch();
  return position as Position;
}

function parsed(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
