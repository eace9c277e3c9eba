/** What may be shown of an address, and what may not. */
export interface MongoAddress {
  /** Hosts alone, for messages. */
  where: string;
  /** False for signs in a password that would make a part of it a host. */
  isEncoded: boolean;
  /** User and password in every spelling, longest first. */
  secrets: string[];
  /** Lower-case names of the options that the address sets. */
  options: ReadonlySet<string>;
}

/** Shorter passwords than this would take half of every message with them. */
const LEAST_SECRET = 4;

/** Takes an address apart without trusting it: nothing before its last `@` is ever shown. */
export function readAddress(url: string): MongoAddress {
  const [address = "", query = ""] = url.split("?", 2);
  const start = address.indexOf("//") + 2;
  const at = address.lastIndexOf("@");
  const credentials = at < start ? "" : address.slice(start, at);
  const password = credentials.slice(credentials.indexOf(":") + 1);
  return {
    where: address.slice(Math.max(start, at + 1)).split("/")[0] || "nowhere",
    isEncoded: !/[@/]/.test(credentials),
    secrets: [credentials, password, decoded(password)].filter((secret) => secret.length >= LEAST_SECRET),
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
