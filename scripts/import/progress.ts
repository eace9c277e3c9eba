const WIDTH = 30;
/** Without a terminal a line is written this often. */
const ROWS_A_LINE = 10_000;

/** Shows how far a file of rows has been read: a bar on a terminal, else now and then a line. */
export function progressOf(table: { share(): number }, screen: NodeJS.WriteStream = process.stderr) {
  const startedAt = performance.now();
  let lineAt = ROWS_A_LINE;
  const text = (rows: number) => {
    const perSecond = Math.round((rows * 1000) / (performance.now() - startedAt));
    const percent = `${Math.floor(table.share() * 100)}`.padStart(3);
    return `${percent} %  ${rows.toLocaleString("en")} rows  ${perSecond.toLocaleString("en")} a second`;
  };
  return {
    show(rows: number): void {
      if (screen.isTTY) {
        const done = Math.round(table.share() * WIDTH);
        screen.write(`\r${"█".repeat(done)}${"░".repeat(WIDTH - done)} ${text(rows)}\u001b[K`);
      } else if (rows >= lineAt) {
        screen.write(`${text(rows)}\n`);
        lineAt = rows - (rows % ROWS_A_LINE) + ROWS_A_LINE;
      }
    },
    end(): void {
      if (screen.isTTY) screen.write("\n");
    },
  };
}
