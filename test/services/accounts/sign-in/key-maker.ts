/** Opens the signing keys of a store and prints which one signs: `node key-maker.ts <directory> <secret>`. */
import { sqliteStore } from "../../../../mixins/collection/sqlite-store.ts";
import { openSigningKeys } from "../../../../services/accounts/sign-in/signing-keys.ts";

const [directory = "", secret = ""] = process.argv.slice(2);
const store = sqliteStore({ directory });
const keys = await openSigningKeys(store.open, secret, Date.now);
process.stdout.write((await keys.current()).kid);
await store.close();
