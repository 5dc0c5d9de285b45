/**
 * Signal names and their numbers on Linux (x86 and ARM), and which of them can be waited for. See
 * signal(7).
 */

const numbers: { readonly [name: string]: number } = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGIOT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPOLL: 29,
  SIGPWR: 30,
  SIGSYS: 31,
};

const FIRST_REAL_TIME = 34;
const LAST_REAL_TIME = 64;

/** Signals that stop the process on the spot, or whose handlers belong to the runtime. */
const refused: ReadonlySet<number> = new Set(
  ["SIGKILL", "SIGSTOP", "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGPROF"].map(
    (name) => numbers[name] as number,
  ),
);

/**
 * The number of a signal that can be waited for ("SIGINT", "SIGRTMIN+3", "SIGRTMAX-1"); null for
 * any other.
 */
export function signalNumber(name: string): number | null {
  const number = Object.hasOwn(numbers, name) ? numbers[name] : realTimeNumber(name);
  return number === undefined || number === null || refused.has(number) ? null : number;
}

/** The name that a number is delivered under: "SIGRTMIN+n" for real-time signals. */
export function signalName(number: number): string {
  if (number === FIRST_REAL_TIME) return "SIGRTMIN";
  if (number > FIRST_REAL_TIME) return `SIGRTMIN+${number - FIRST_REAL_TIME}`;
  return Object.keys(numbers).find((name) => numbers[name] === number) ?? `SIG${number}`;
}

function realTimeNumber(name: string): number | null {
  const match = /^SIGRT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (match === null) return null;
  const base = match[1] === "MIN" ? FIRST_REAL_TIME : LAST_REAL_TIME;
  const number = base + Number(match[3] ?? 0) * (match[2] === "-" ? -1 : 1);
  return number >= FIRST_REAL_TIME && number <= LAST_REAL_TIME ? number : null;
}
