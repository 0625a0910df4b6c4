// How a row compares with what is usual: the words, glyphs and colours that the whole board shares.

export const RANKS = { bad: 2, warn: 1, none: 0 };

/** How bad a queue is: an alert on it, or promises broken and running; then what may break, or takes much longer than usual. */
export function trouble(row, alarmed) {
  if (alarmed) return "bad";
  if (row.breached > 0 || row.at_risk > 0 || ratio(row) >= 2) return "warn";
  return "none";
}

export function ratio(row) {
  return row.first_reply_ms !== null && row.usual_ms ? row.first_reply_ms / row.usual_ms : 1;
}

/** The class of a difference: worse (twice the usual), higher, better, or nothing worth a sign. */
export function direction(row) {
  if (row.difference_ms === null) return "";
  const by = ratio(row);
  if (by >= 2) return "worse bad";
  if (by >= 1.2) return "higher warn";
  if (by <= 0.8) return "better good";
  return "";
}

export function directionWords(row) {
  const by = ratio(row);
  if (row.difference_ms === null) return "";
  if (by >= 2) return `${by.toFixed(1)} times as long as usual`;
  if (by >= 1.2) return "longer than usual";
  if (by <= 0.8) return "shorter than usual";
  return "about as usual";
}
