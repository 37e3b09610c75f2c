/** What a number format shows of a number that counts days. */
export type DateFormat = "date" | "time" | "elapsed";

/**
 * Built-in formats, ECMA-376 part 1, 18.8.30 (27–36 and 50–58 are the East Asian ones). Whether a
 * date also has a time of day is told by the number.
 */
export function builtInDateFormat(id: number): DateFormat | undefined {
  if ((id >= 14 && id <= 17) || id === 22 || (id >= 27 && id <= 36) || (id >= 50 && id <= 58))
    return "date";
  if ((id >= 18 && id <= 21) || id === 45 || id === 47) return "time";
  return id === 46 ? "elapsed" : undefined;
}

/** What a custom format code such as `dd/mm/yyyy` or `[h]:mm` shows; undefined when it is no date. */
export function customDateFormat(code: string): DateFormat | undefined {
  // Only the first section speaks of positive numbers; quoted, escaped and padding characters and
  // brackets (colour, locale, condition) are no codes.
  const plain = code.replace(/"[^"]*"|\\.|_.|\*./gs, "");
  const section = (plain.split(";")[0] ?? "").toLowerCase();
  if (/\[(?:h+|m+|s+)\]/.test(section)) return "elapsed";
  const codes = section.replace(/\[[^\]]*\]/g, "").replace(/general|am\/pm|a\/p/g, "");
  if (/[yd]/.test(codes)) return "date";
  if (/[hs]/.test(codes)) return "time";
  return codes.includes("m") ? "date" : undefined;
}

const DAY_SECONDS = 86_400;
/** 9999-12-31, the last day spreadsheet programs know, counted from 1900. */
const LAST_DAY = 2_958_465;

/**
 * `days` as ISO 8601: `2024-03-01`, with a time of day `2024-03-01T09:30:00`, without a date
 * `09:30:00`, elapsed `26:30:00`; undefined when it lies outside the calendar. To the second.
 * @param days Days since 1899-12-31, or since 1904-01-01 with `date1904` (ECMA-376 part 1, 18.17.4.1).
 */
export function formatDate(
  days: number,
  { format, date1904 }: { format: DateFormat; date1904: boolean },
): string | undefined {
  if (days < 0 || days > LAST_DAY) return undefined;
  const seconds = Math.round(days * DAY_SECONDS);
  const day = Math.floor(seconds / DAY_SECONDS);
  const clock = clockTime(seconds % DAY_SECONDS);
  if (format === "elapsed") return clockTime(seconds);
  if (format === "time" || (day === 0 && !date1904)) return clock;
  return seconds % DAY_SECONDS === 0
    ? calendarDay(day, date1904)
    : `${calendarDay(day, date1904)}T${clock}`;
}

/** An ISO date and time as written in a cell of type `d`, without a midnight that says nothing. */
export function formatIsoCell(value: string): string {
  return value.replace(/T00:00(?::00(?:\.0+)?)?Z?$/, "").replace(/(T\d\d:\d\d:\d\d)\.0+Z?$/, "$1");
}

function calendarDay(day: number, date1904: boolean): string {
  // The 1900 system counts a 29 February 1900 that never was, so that days before it are one off.
  if (!date1904 && day === 60) return "1900-02-29";
  const origin = date1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, day < 60 ? 31 : 30);
  return new Date(origin + day * DAY_SECONDS * 1000).toISOString().slice(0, 10);
}

function clockTime(seconds: number): string {
  const fields = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return fields.map((field) => String(field).padStart(2, "0")).join(":");
}
