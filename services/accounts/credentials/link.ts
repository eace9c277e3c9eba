import type { Office } from "../office.ts";

/** What the link of a mail is for, as its address says it. */
type LinkPurpose = "verify-email" | "reset-password" | "change-email";

/**
 * An address of the link page. The token stands in the fragment, which browsers send to nobody: no log, proxy or
 * referrer sees it, and a scanner that opens the links of mails does not spend it.
 */
export const linkTo = ({ settings }: Pick<Office, "settings">, purpose: LinkPurpose, token: string): string =>
  `${settings.publicUrl}/api/accounts/link#${purpose}=${token}`;
