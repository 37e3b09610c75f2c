import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeText } from "./testing/encode-text.ts";
import { appError } from "./testing/sheet-file.ts";
import { toUtf8 } from "./text-encoding.ts";

function decoded(bytes: Buffer): string {
  return toUtf8(bytes, "recipients.csv").toString();
}

const MANY_SCRIPTS = "name,phone\nरवि,1\nJosé,2\n李小龙,3\nВладимир,4\n😀,5\n";

test("UTF-8 is read with and without a byte order mark", () => {
  assert.equal(decoded(Buffer.from(MANY_SCRIPTS)), MANY_SCRIPTS);
  assert.equal(decoded(Buffer.from(`\ufeff${MANY_SCRIPTS}`)), MANY_SCRIPTS);
});

test("UTF-16 with a byte order mark is read in both byte orders", () => {
  const little = Buffer.from(`\ufeff${MANY_SCRIPTS}`, "utf16le");
  assert.equal(decoded(little), MANY_SCRIPTS);
  assert.equal(decoded(Buffer.from(little).swap16()), MANY_SCRIPTS);
});

for (const [encoding, text] of [
  ["windows-1252", "name,phone\nJosé,1\n"],
  ["windows-1252", "name;phone\nMüller;1\nFrançois;2\nO’Neil;3\nBjørn;4\n"],
  ["windows-1251", "name,phone\nВладимир,1\n"],
  ["windows-1251", "имя;телефон\nАнна;1\nИван;2\n"],
  ["koi8-r", "name,phone\nВладимир,1\nНаталья,2\n"],
  ["windows-1250", "name,phone\nŁukasz,1\nGrzegorz Brzęczyszczykiewicz,2\n"],
  ["windows-1250", "name,phone\nJiří Dvořák,1\nŽofie Nováková,2\n"],
  ["windows-1253", "name,phone\nΓιώργος,1\nΜαρία Παπαδοπούλου,2\n"],
  ["windows-1254", "name,phone\nİbrahim Yıldız,1\nAyşe Güneş,2\n"],
  ["windows-1255", "name,phone\nדוד כהן,1\nמשה לוי,2\n"],
  ["windows-1256", "name,phone\nمحمد,1\nفاطمة الزهراء,2\n"],
  ["windows-1257", "name,phone\nJānis Bērziņš,1\nŽaneta Šķēle,2\n"],
  ["windows-874", "name,phone\nสมชาย,1\nสมหญิง ใจดี,2\n"],
  ["macintosh", "name,phone\nJosé,1\nRenée,2\n"],
  ["shift_jis", "名前,電話\n田中太郎,1\n高橋さくら,2\n"],
  ["gbk", "姓名,电话\n李小龙,1\n张伟,2\n"],
  ["big5", "姓名,電話\n王志明,1\n林美惠,2\n"],
  ["euc-kr", "이름,전화\n박지성,1\n김민수,2\n"],
] as const)
  test(`a few names in ${encoding} are read rightly: ${text.split("\n")[1]}`, () => {
    const bytes = encodeText(text, encoding);
    assert.notEqual(bytes.toString(), text);
    assert.equal(decoded(bytes), text);
  });

test("a long sheet is guessed from the lines that tell something", () => {
  const text = `name,phone\n${"Amit Kumar,919800000001\n".repeat(50_000)}Владимир,1\n`;
  assert.equal(decoded(encodeText(text, "windows-1251")), text);
});

test("UTF-8 with a broken spot is refused with its line instead of guessed", () => {
  const broken = Buffer.from("name,phone\nरवि,1\nJosé,2\n");
  broken[broken.indexOf("é") + 1] = 0x2c;
  const refused = appError("SHEET_UNREADABLE", /is UTF-8, but line 3 holds bytes that are not/);
  assert.throws(() => decoded(broken), refused);
  const marked = Buffer.concat([Buffer.from("\ufeffname\nJos"), Buffer.from([0xe9, 0x0a])]);
  assert.throws(() => decoded(marked), appError("SHEET_UNREADABLE", /line 2 holds bytes/));
});
