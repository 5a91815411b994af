/** 1234567 as 1,234,567. */
export function count(number: number): string {
  return new Intl.NumberFormat('en').format(number);
}

/** A size in the unit that suits it. */
export function bytes(size: number): string {
  const unit = size >= 1e9 ? 'gigabyte' : size >= 1e6 ? 'megabyte' : size >= 1e3 ? 'kilobyte' : 'byte';
  const scale = { gigabyte: 1e9, megabyte: 1e6, kilobyte: 1e3, byte: 1 }[unit];
  return new Intl.NumberFormat('en', { style: 'unit', unit, maximumFractionDigits: 1 }).format(size / scale);
}
