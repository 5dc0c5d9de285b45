/** The process-wide signal machinery without Node: the program of native/test/signals_test.cc. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";

const native = fileURLToPath(new URL("../native", import.meta.url));
const run = promisify(execFile);

/** One process each, as dispositions are the process's. */
const cases = [
  "names_and_numbers_agree",
  "refused_signals_touch_nothing",
  "plain_kill_names_its_sender",
  "every_wait_sees_every_signal_in_every_thread",
  "only_the_signals_asked_for_are_touched",
  "restores_exactly_and_unblocks_the_main_thread_from_a_worker",
  "a_mask_of_the_programs_own_stays",
  "another_handler_sees_each_signal_too",
  "a_handler_that_resets_itself_is_never_called",
  "pending_at_close_does_not_end_the_process",
  "a_flood_of_100000_arrives_whole_and_in_order",
  "opening_and_closing_in_a_flood_loses_nothing",
  "a_full_queue_holds_up_real_time_and_merges_standard_signals",
  "threads_that_appear_while_opening_block_it_too",
  "many_threads_open_and_close_at_once",
  "nothing_of_ours_stays_pending_in_any_thread",
  "ctrl_c_on_a_terminal",
  "unblocked_no_thread_blocks_anything_and_close_restores",
  "unblocked_a_flood_arrives_whole_at_every_wait",
  "unblocked_another_handler_is_called_only_while_somebody_listens",
  "unblocked_a_handler_that_calls_ours_makes_no_second_signal",
];

/** The sanitizer under which the whole suite runs, if any, is compiled in rather than preloaded. */
const sanitizers: { readonly [name: string]: readonly string[] } = {
  address: ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
  thread: ["-fsanitize=thread"],
};

const environment = {
  ...process.env,
  LD_PRELOAD: "",
  ASAN_OPTIONS: "detect_leaks=1",
  TSAN_OPTIONS: "atexit_sleep_ms=0",
};

function sourcesIn(folder: string, name: RegExp): string[] {
  const files = readdirSync(join(native, folder)).filter((file) => name.test(file));
  return files.map((file) => join(native, folder, file));
}

describe("signals, the native part alone", () => {
  let folder: string;
  let program: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "pike-signals-"));
    program = join(folder, "signals_test");
    const sources = [
      ...sourcesIn("src", /^signal(_names_posix|s?_\w*linux)\.cc$/),
      ...sourcesIn("test", /^signals.*\.cc$/),
    ];
    const sanitizer = sanitizers[process.env["PIKE_SANITIZER"] ?? ""] ?? [];
    const options = ["-std=c++17", "-O1", "-g", "-pthread", "-Wall", "-Wextra", "-Werror"];
    execFileSync(
      process.env["CXX"] ?? "c++",
      [...options, ...sanitizer, "-o", program, ...sources, "-lutil"],
      { stdio: "inherit", env: environment },
    );
  }).timeout(120_000);

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("has no case that isn't run here", () => {
    const listed = execFileSync(program, { env: environment, encoding: "utf8" }).trim().split("\n");
    expect(listed).to.deep.equal(cases);
  });

  for (const name of cases) {
    it(name.replaceAll("_", " "), () => run(program, [name], { env: environment })).timeout(
      120_000,
    );
  }
});
