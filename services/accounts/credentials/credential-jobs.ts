import type { Works } from "../../../mixins/jobs/jobs.ts";
import type { Office } from "../office.ts";
import { aftermathWork } from "./aftermath.ts";
import { resetWork } from "./password-reset.ts";
import { verificationWork } from "./verification.ts";

/** What credentials owe: kind → payload, sealed. */
export interface CredentialJobs {
  aftermath: string;
  passwordReset: string;
  verification: string;
}

export const credentialWorks = (office: Office): Works<CredentialJobs> => ({
  aftermath: aftermathWork(office),
  passwordReset: resetWork(office),
  verification: verificationWork(office),
});
