import { writeFileSync } from "node:fs";
import { FILTER_FILE } from "../services/accounts/credentials/common-passwords.ts";
import { commonPasswordsFilter } from "./password-filter/entries.ts";

// `npm run accounts:password-filter`: run it when a source has changed, and commit the file.
const bytes = commonPasswordsFilter();
writeFileSync(FILTER_FILE, bytes);
console.log(`${FILTER_FILE.pathname}: ${bytes.length} bytes`);
