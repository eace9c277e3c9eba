import { once } from "node:events";
import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { dirname } from "node:path";

const OWNER_ONLY = 0o700;

/** What a process must be given before it starts, by the name under which a person knows it. */
export interface Needs {
  /** Ports to listen on; 0 is any. */
  ports: Readonly<Record<string, number>>;
  /** Directories to write in; made when missing, for this user alone. */
  directories: Readonly<Record<string, string>>;
}

/** One line for each need that cannot be met; none when the process may start. */
export async function startFaults({ ports, directories }: Needs): Promise<string[]> {
  const open: Server[] = [];
  const faults: string[] = [];
  for (const [name, port] of Object.entries(ports)) {
    const server = createServer();
    try {
      server.listen(port);
      await once(server, "listening");
      open.push(server);
    } catch (error) {
      faults.push(`${name}: ${portFault(port, error as NodeJS.ErrnoException)}`);
    }
  }
  await Promise.all(open.map((server) => once(server.close(), "close")));
  return [...faults, ...Object.entries(directories).flatMap(([name, path]) => directoryFault(name, path))];
}

function portFault(port: number, { code }: NodeJS.ErrnoException): string {
  if (code === "EADDRINUSE") return `port ${port} is taken already`;
  if (code === "EACCES") return `port ${port} may not be opened by this user`;
  return `port ${port} cannot be opened (${code})`;
}

/** Step by step, because Node's own recursion never ends where the system will not have a directory, as in /proc. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: OWNER_ONLY });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function directoryFault(name: string, path: string): string[] {
  try {
    makeDirectory(path);
    accessSync(`${path}/.`, constants.W_OK | constants.X_OK);
    return [];
  } catch (error) {
    return [`${name}: ${path} is no directory that can be written (${(error as NodeJS.ErrnoException).code})`];
  }
}
