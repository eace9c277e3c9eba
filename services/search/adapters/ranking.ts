/** The first `count` of the rows by `compare`, in order; a bounded heap, so that a page costs one pass. */
export function first(
  rows: readonly number[],
  count: number,
  compare: (one: number, other: number) => number,
): number[] {
  if (count <= 0) return [];
  if (rows.length <= count * 2) return [...rows].sort(compare).slice(0, count);
  const heap = rows.slice(0, count);
  for (let at = (count >> 1) - 1; at >= 0; at--) sink(heap, at, compare);
  for (let at = count; at < rows.length; at++) {
    if (compare(rows[at]!, heap[0]!) >= 0) continue;
    heap[0] = rows[at]!;
    sink(heap, 0, compare);
  }
  return heap.sort(compare);
}

/** Restores the order of a heap whose top is the last of its rows. */
function sink(heap: number[], from: number, compare: (one: number, other: number) => number): void {
  const moved = heap[from]!;
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && compare(heap[child + 1]!, heap[child]!) > 0) child++;
    if (compare(heap[child]!, moved) <= 0) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = moved;
}
