// Bundles the screens: node web/build.mjs OUTDIR
// OUTDIR receives hashed files, manifest.json (what each kind of screen loads) and shortcuts.json (the registry,
// which the server's templates read for the key-caps).
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const web = dirname(fileURLToPath(import.meta.url));
const root = dirname(web);
const modules = join(root, "node_modules");
const BUNDLES = ["console", "agency", "wall", "plain"];
// Phones of field officers are old; their browsers are not older than these.
const MAP_TARGET = ["chrome110", "firefox110", "safari16"]; // MapLibre draws with what older browsers lack; they get SVG
const TARGET = ["chrome90", "firefox100", "safari15"];
const LICENCES = {
  "atkinson-hyperlegible-next": "@fontsource-variable/atkinson-hyperlegible-next/LICENSE",
  "atkinson-hyperlegible-mono": "@fontsource-variable/atkinson-hyperlegible-mono/LICENSE",
  "tabler-icons": "@tabler/icons/LICENSE",
  "mdi-svg": "@mdi/svg/LICENSE",
  htmx: "htmx.org/LICENSE",
  "maplibre-gl": "maplibre-gl/LICENSE.txt",
  fflate: "fflate/LICENSE", // inside pmtiles
};

const out = process.argv[2];
if (!out) {
  console.error("usage: node web/build.mjs OUTDIR");
  process.exit(2);
}
mkdirSync(out, { recursive: true });

const common = {
  bundle: true,
  target: TARGET,
  minify: true,
  sourcemap: "linked",
  metafile: true,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  outdir: out,
  absWorkingDir: root,
  loader: { ".woff2": "file" },
  legalComments: "none",
};

const screens = await build({ ...common, format: "esm", entryPoints: BUNDLES.map((name) => join(web, `${name}.ts`)) });
const style = await build({ ...common, entryPoints: [join(web, "css/main.css")] });
const worker = await build({ ...common, format: "iife", entryPoints: [join(web, "stream-worker.ts")] });

// The map's drawing is fetched by the page that needs it. MapLibre comes minified; its worker must stay a file of its own.
const engine = await build({ ...common, target: MAP_TARGET, sourcemap: false, format: "esm", entryPoints: [join(web, "map-gl.ts")] });
const engineWorker = hashedCopy(join(modules, "maplibre-gl/dist/maplibre-gl-worker.mjs"), "map-worker", "js");

const entryOf = (made) => basename(Object.entries(made.metafile.outputs).find(([, output]) => output.entryPoint)[0]);
const manifest = { bundles: {}, style: entryOf(style), fonts: fontsOf(style), worker: entryOf(worker), icons: writeSprite(), map: { engine: entryOf(engine), worker: engineWorker } };
for (const [file, output] of Object.entries(screens.metafile.outputs)) {
  if (!output.entryPoint) continue;
  const sources = Object.keys(output.inputs).filter((name) => name.startsWith("web/") && /\.(ts|json)$/.test(name));
  manifest.bundles[basename(output.entryPoint, ".ts")] = {
    js: basename(file),
    sources: sources.sort(),
  };
}

mkdirSync(join(out, "licences"), { recursive: true });
for (const [name, file] of Object.entries(LICENCES)) copyFileSync(join(modules, file), join(out, "licences", `${name}.txt`));
writeFileSync(join(out, "licences", "pmtiles.txt"), noticeOf("pmtiles"));
copyFileSync(join(web, "shortcuts.json"), join(out, "shortcuts.json"));
for (const name of readdirSync(out)) if (/\.(js|css|svg)$/.test(name)) pack(join(out, name));
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 1));
console.log(`bundled ${BUNDLES.length} kinds of screen into ${relative(process.cwd(), resolve(out))}`);

function writeSprite() {
  const picked = JSON.parse(readFileSync(join(web, "icons.json"), "utf8"));
  const symbols = [];
  for (const [id, name] of Object.entries(picked.tabler)) {
    const inside = insideOf(join(modules, "@tabler/icons/icons/outline", `${name}.svg`));
    symbols.push(
      `<symbol id="${id}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"` +
        ` stroke-linecap="round" stroke-linejoin="round">${inside.replace(/<path stroke="none"[^>]*\/>/, "")}</symbol>`,
    );
  }
  for (const [id, name] of Object.entries(picked.mdi)) {
    const inside = insideOf(join(modules, "@mdi/svg/svg", `${name}.svg`));
    symbols.push(`<symbol id="${id}" viewBox="0 0 24 24" fill="currentColor">${inside}</symbol>`);
  }
  const text = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
  const name = `icons-${createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase()}.svg`;
  writeFileSync(join(out, name), text);
  return name;
}

/** For a package that names its licence but ships no text of it. */
function noticeOf(name) {
  const { version, license, author } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
  return `${name} ${version}, ${author}. Licence: ${license} (https://spdx.org/licenses/${license}.html)\n`;
}

function fontsOf(made) {
  return Object.keys(made.metafile.outputs).filter((name) => name.endsWith(".woff2")).map((name) => basename(name)).sort();
}

/** Beside each text its packed form, which the server sends to browsers that can unpack it. */
function pack(file) {
  writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
}

function hashedCopy(file, name, ending) {
  const text = readFileSync(file, "utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
  const made = `${name}-${createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase()}.${ending}`;
  writeFileSync(join(out, made), text);
  return made;
}

function insideOf(file) {
  const text = readFileSync(file, "utf8");
  return text
    .slice(text.indexOf(">", text.indexOf("<svg")) + 1, text.lastIndexOf("</svg>"))
    .replace(/\s*\n\s*/g, "")
    .trim();
}
