import { z } from "zod";

/** Offset paging goes no deeper than this many items; beyond it the cursor leads on. */
export const DEEPEST_ITEM = 10_000;

/** Parameters of a page by number. */
export const pageParams = {
  page: z.int().min(1).max(DEEPEST_ITEM).default(1),
  size: z.int().min(1).max(100).default(20),
};

/** Opaque position in a walk; stable under inserts. */
export const Cursor = z.string().min(1).max(1000).meta({ description: "nextCursor of the page before" });

/** `{items, total, page, size}`. */
export const pageOf = <T extends z.ZodType>(item: T) => ({
  items: z.array(item),
  total: z.int().min(0),
  page: z.int().min(1),
  size: z.int().min(1),
});
