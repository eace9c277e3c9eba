/** What only the market may be called: a member with such a name would be believed. */
const RESERVED: ReadonlySet<string> = new Set([
  ...["admin", "administrator", "moderator", "operator", "staff", "team", "official", "root", "system", "security"],
  ...["support", "help", "helpdesk", "service", "contact", "notice", "hallabong", "hallabongteam", "hallabongsupport"],
]);

/** Whether a handle would pass for the market's own, also with dots, underscores and a number at its end. */
export const isReservedHandle = (handle: string): boolean =>
  RESERVED.has(handle.replaceAll(/[._]/g, "").replace(/\d+$/, ""));
