/** What may be shown of an address, and what may not. */
export interface MongoAddress {
  /** Hosts alone, for messages. */
  where: string;
  /** User and password in every spelling, longest first. */
  secrets: string[];
  /** Lower-case names of the options that the address sets. */
  options: ReadonlySet<string>;
}

/** Takes an address apart without trusting it: nothing before its last `@` is ever shown. */
export function readAddress(url: string): MongoAddress {
  const [address = "", query = ""] = url.split("?", 2);
  const start = address.indexOf("//") + 2;
  const at = address.lastIndexOf("@");
  const credentials = at < start ? "" : address.slice(start, at);
  const password = credentials.slice(credentials.indexOf(":") + 1);
  return {
    where: address.slice(Math.max(start, at + 1)).split("/")[0] || "nowhere",
    secrets: [credentials, password, decoded(password)].filter((secret) => secret !== ""),
    options: new Set(query.split("&").map((option) => option.split("=")[0]!.toLowerCase())),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
