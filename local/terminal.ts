/** What a stream is drawn on. */
interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

const usualColumns = 80;

/** Of a terminal that does not tell its size (a serial line, some recorders) nothing can be drawn over. */
export function canRedraw({ isTTY, columns = 0, rows = 0 }: Stream): boolean {
  return isTTY === true && process.env.TERM !== 'dumb' && columns > 0 && rows > 0;
}

/** What is written to a file or a pipe has all the room there is. */
export function columnsOf({ isTTY, columns }: Stream): number {
  return isTTY ? columns || usualColumns : Number.POSITIVE_INFINITY;
}
