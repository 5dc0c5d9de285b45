/** Opens a page in headless Chromium, where there is one, and gives what a script in it found. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Nothing that looks for the network or for a display. */
const FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
  ...["--enable-logging=stderr", "--virtual-time-budget=2000"],
];

/** The program, or null where there is none. */
export function chromium() {
  return NAMES.find((name) => spawnSync(name, ["--version"]).status === 0) ?? null;
}

/**
 * Loads `html` in a window of `width` pixels, runs `script` in it, and returns what that returned,
 * with the lines that the page's console printed.
 * @param {string} program
 * @param {string} html
 * @param {number} width
 * @param {string} script an expression, evaluated inside the page
 */
export function inspect(program, html, width, script) {
  const folder = mkdtempSync(join(tmpdir(), "bench-page-"));
  try {
    const path = join(folder, "page.html");
    const tail = `<script>addEventListener("load", () => {
      const found = document.createElement("pre");
      found.id = "found";
      found.textContent = JSON.stringify(${script.replace(/;\s*$/, "")});
      document.body.append(found);
    })</script>`;
    writeFileSync(path, html.replace("</body>", `${tail}</body>`));
    const own = [`--user-data-dir=${join(folder, "profile")}`, `--window-size=${width},1000`];
    const url = pathToFileURL(path).href;
    const dumped = join(folder, "dump.html");
    // Through the shell: a pipe would end before Chromium's last helper has let go of it.
    const { stderr } = spawnSync(
      "sh",
      ["-c", '"$@" > "$0"', dumped, program, ...FLAGS, ...own, "--dump-dom", url],
      { encoding: "utf8", timeout: 60_000 },
    );
    const text = /<pre id="found">([^<]*)<\/pre>/.exec(readFileSync(dumped, "utf8"))?.[1];
    if (text === undefined) throw new Error(`Chromium did not load the page: ${stderr}`);
    const found = JSON.parse(
      text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"),
    );
    return { found, printed: stderr.split("\n").filter((line) => /CONSOLE/.test(line)) };
  } finally {
    rmSync(folder, { recursive: true, maxRetries: 5 });
  }
}
