const interval = 65_536;

/** Says how far a long work is, each time another 65,536 entries are done; a short one says nothing. */
export function progressOf(
  verb: string,
  write: (line: string) => void,
): (done: number, total: number) => void {
  let next = interval;
  return (done, total) => {
    if (done < next) return;
    next = done - (done % interval) + interval;
    write(`${count(done)} of ${count(total)} entries ${verb}`);
  };
}

/** 1234567 as 1,234,567. */
export function count(number: number): string {
  return number.toLocaleString('en-US');
}
