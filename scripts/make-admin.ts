import { parseArgs } from "node:util";
import { ServiceBroker } from "moleculer";
import { StoreFault, type Store } from "../mixins/collection/collection.ts";
import { config, ConfigError } from "../moleculer.config.ts";
import { openAccountsStore } from "../services/accounts/accounts.store.ts";
import { canonicalEmail } from "../services/accounts/credentials/email-address.ts";
import { giveRole } from "../services/accounts/profiles/administration.ts";
import { openSecurityEvents } from "../services/accounts/security-events.ts";
import { openEndings } from "../services/accounts/sign-in/endings.ts";
import { Refusal } from "./import/refusal.ts";

const HELP = `Makes a member an admin: the first one, who then gives all others their roles over HTTP.

  npm run accounts:make-admin -- EMAIL

  EMAIL    the address of an account that exists; register it first
  --help   this text

The market may run meanwhile: what the member is signed in with ends within a second, and the next refresh or sign-in
brings the new role. DATA_DIR and MONGO_URL choose the store, as for npm start. Exit code 0: the member is an admin;
1: it is not.
`;

/** The address that the command line names; throws `Refusal`. */
function addressOf(args: string[]): string | "help" {
  const { values, positionals } = parsed(args);
  if (values.help) return "help";
  const [address, ...more] = positionals;
  if (address === undefined || more.length > 0) throw new Refusal("Name one e-mail address; --help tells more");
  return address;
}

function parsed(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { help: { type: "boolean", default: false } } });
  } catch (error) {
    throw new Refusal(`${(error as Error).message} --help tells more`);
  }
}

/** Throws `Refusal` when no account that is in use has the address. */
async function makeAdmin(address: string, { open }: Store): Promise<void> {
  const broker = new ServiceBroker({ logger: false, skipProcessEventRegistration: true });
  const [accounts, endings, events] = await Promise.all([
    openAccountsStore(open),
    openEndings(open, broker, Date.now),
    openSecurityEvents(open, Date.now),
  ]);
  const account = await accounts.byEmail(canonicalEmail(address));
  if (!account) throw new Refusal(`No account has the address ${address}; register it first`);
  if (account.status !== "active") throw new Refusal(`The account of ${address} is ${account.status}`);
  await giveRole({ accounts, endings, events }, account, "admin");
  console.log(`${account.handle} (${account.email}) is an admin now`);
  if (!account.emailVerifiedAt) {
    console.warn("Nobody has verified this address yet: make sure that the account is whose you think it is");
  }
}

try {
  const address = addressOf(process.argv.slice(2));
  if (address === "help") process.stdout.write(HELP);
  else await makeAdmin(address, config().store).finally(() => config().store.close());
} catch (error) {
  if (![Refusal, ConfigError, StoreFault].some((kind) => error instanceof kind)) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}
