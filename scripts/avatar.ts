// The default avatar as a PNG file: node scripts/avatar.ts [FILE] [SIZE]
import { writeFile } from "node:fs/promises";
import { drawAvatar } from "../src/face/avatar/draw-avatar.ts";
import { pngOf } from "./write-png.ts";

const [file = "avatar.png", size = "512"] = process.argv.slice(2);
const started = performance.now();
const { picture } = drawAvatar(Number(size));
const milliseconds = (performance.now() - started).toFixed(0);
await writeFile(file, pngOf(picture));
process.stderr.write(`${file}: ${size} × ${size} pixels, drawn in ${milliseconds} ms\n`);
