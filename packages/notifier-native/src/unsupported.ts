/** What a system lacks, said with the row of pike's features, the platform and the reason. */
import { type OptionName, PikeError } from "@pike-io/notifier";

/** Why Windows has not what others have. */
const onWindows: { readonly [Name in OptionName]?: string } = {
  reusePort: "Windows has no SO_REUSEPORT; a listener is shared by handing its descriptor over",
  sendLowWater: "Windows never implemented SO_SNDLOWAT",
  receiveLowWater: "Windows never implemented SO_RCVLOWAT",
};

/** The error for an option that this system lacks. */
export function lackingOption(name: OptionName, syscall: string): PikeError {
  const reason = process.platform === "win32" ? onWindows[name] : undefined;
  const why = reason ?? "this system has no such option";
  return lacking(syscall, `the option ${name} (S4)`, why);
}

/** The error for anything that this system lacks. */
export function lacking(syscall: string, what: string, why: string): PikeError {
  const message = `${syscall}: ${what} is not to be had on ${process.platform}: ${why}`;
  return new PikeError("PIKE_UNSUPPORTED", message, { syscall });
}
