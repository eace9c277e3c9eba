import type { Progress } from "./price-pipeline.ts";

/** Shows progress on the terminal, one line redrawn; in a log, a line for each new task. */
export function showProgress(out: NodeJS.WriteStream = process.stderr): Progress {
  const started = performance.now();
  let shown = "";
  return (task, share) => {
    const seconds = Math.round((performance.now() - started) / 1000);
    const line = `${String(Math.floor(share * 100)).padStart(3)} %  ${seconds} s  ${task}`;
    const key = out.isTTY ? line : task;
    if (key === shown) return;
    shown = key;
    out.write(out.isTTY ? `\r\x1b[K${line}${share >= 1 ? "\n" : ""}` : `${line}\n`);
  };
}
