export type SampleRecipient = {
  name: string;
  phone: string;
  company: string;
  /** How the name is to be spoken where its spelling does not tell; empty otherwise. */
  pronunciation: string;
};

/** People who do not exist; the numbers are of ranges kept for fiction, or have too few digits to dial. */
export const SAMPLE_RECIPIENTS: readonly SampleRecipient[] = [
  recipient("Priya", "91555000101", "Asha Textiles"),
  recipient("रवि", "91555000102", "नया सवेरा ट्रेडर्स"),
  recipient("José", "52555000103", "Café Olé"),
  recipient("Emma", "447700900104", "Northlight & Sons"),
  recipient("Siobhan", "35315550105", "Ó Briain, Byrne & Co", "Shivawn"),
  recipient("Владимир", "79555000106", "ООО Ромашка"),
  recipient("नेहा शर्मा", "91555000107", "Sharma, Sharma & Co"),
  recipient("Jürgen", "49305550108", 'Bäckerei "Krume"'),
  recipient("محمد", "20555000109", "مكتبة النيل"),
  recipient("李明", "86555000110", "晨星书店"),
  recipient("O'Neil", "12025550111", "Harbour Lights"),
  recipient("Ελένη", "30215550112", "Θάλασσα"),
];

const COLUMNS = ["name", "phone", "company", "pronunciation"] as const;

/** The sample's recipients as CSV (RFC 4180), in UTF-8 with the mark by which Excel knows it. */
export function sampleRecipientsCsv(): string {
  const rows = SAMPLE_RECIPIENTS.map((row) => COLUMNS.map((column) => cell(row[column])));
  return `\uFEFF${[COLUMNS, ...rows].map((cells) => cells.join(",")).join("\r\n")}\r\n`;
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function recipient(
  name: string,
  phone: string,
  company: string,
  pronunciation = "",
): SampleRecipient {
  return { name, phone, company, pronunciation };
}
